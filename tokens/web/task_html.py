"""The tasks of To do as HTML, put together without the template engine: there are up to 200.

The markup is that of the component `task_row`; tests/web/test_task_html.py holds the two equal.
Every text is escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tokens.selectors.todo_words import Task


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with the address that its one button leads this reader to."""

    task: Task
    href: str
    label: str
    button: str


def tasks_html(rows: Iterable[TaskRow]) -> SafeString:
    """As so many <c-task-row>."""
    return mark_safe("\n".join(_row(row) for row in rows))  # noqa: S308 - escaped below


def _row(row: TaskRow) -> str:
    task = row.task
    about = f'<span class="unseen">: {escape(task.where)}</span>' if task.where else ""
    button = (
        f'<a class="btn {row.button}" href="{escape(row.href)}">{escape(row.label)}{about}</a>'
        if row.href
        else ""
    )
    return (
        f'<li class="task t-{task.tone}">\n'
        f"  <div><b>{escape(task.what)}</b> {escape(task.todo)}"
        f' <span class="meta">{escape(task.meta)}</span></div>\n'
        f"  {button}\n</li>"
    )
