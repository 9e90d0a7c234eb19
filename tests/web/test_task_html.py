"""Tasks that are put together in Python look as the component does, and are escaped as it does."""

from uuid import UUID

import pytest
from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler

from tokens.policy.todo import Kind
from tokens.selectors.todo_words import Task
from tokens.web.task_html import TaskRow, tasks_html

SOURCE = (
    "{% load cotton %}"
    '<c-task-row tone="{{ row.task.tone }}" what="{{ row.task.what }}" todo="{{ row.task.todo }}"'
    ' href="{{ row.href }}" action="{{ row.label }}" about="{{ row.task.where }}"'
    ' kind="{{ row.button }}">{{ row.task.meta }}</c-task-row>'
)


def component(row: TaskRow) -> str:
    return Template(CottonCompiler().process(SOURCE)).render(Context({"row": row}))


@pytest.mark.parametrize("text", ["Old ERP sync · Acme", "<q a=\"'>&"])
@pytest.mark.parametrize("href", ["/tokens/1/?a=1&b=2", ""])
@pytest.mark.parametrize("where", [True, False])
def test_a_task_is_the_component(text: str, href: str, where: bool) -> None:
    task = Task(
        kind=Kind.OVERDUE,
        tone="red",
        what=text,
        todo=text,
        where=text if where else "",
        when=text,
        owner="team@acme.example",
        label="Rotate",
        url_name="token-rotate",
        id=UUID(int=1),
        button="go",
    )
    row = TaskRow(task, href, "Rotate", "go")
    # The engine escapes an attribute of a component once more than its slot.
    assert tasks_html([row]).split() == component(row).split()
