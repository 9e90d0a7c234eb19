"""To do: the page people live in. What needs somebody today, and how the whole stands beside it."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tokens.policy.roles import EVERYTHING, Permission, Reach
from tokens.selectors.banners import Banner, banners
from tokens.selectors.choices import note_numbers
from tokens.selectors.dashboard import Dashboard, Share, dashboard
from tokens.selectors.kept import Standing, kept
from tokens.selectors.signals import Signals, signals
from tokens.selectors.todo import Todo, nothing_today, todo
from tokens.selectors.todo_words import Task
from tokens.selectors.within import tokens_within
from tokens.services.remind import OPENS_AT
from tokens.web import charts
from tokens.web.access import may, needs, reach_of
from tokens.web.asked_once import rules_of
from tokens.web.context import COUNTED, allowed_host
from tokens.web.task_html import TaskRow, tasks_html
from tokens.web.todo_count import remembered_for

COMING_SHOWN = 8
#: What a task's page asks for; who may not is led to the page that shows it instead.
_NEEDED = {
    "token-rotate": (Permission.ROTATE, "token"),
    "token-edit": (Permission.EDIT, "token"),
    "company-reconcile": (Permission.RECONCILE, "company"),
    "exception": (Permission.EXCEPT, "exception"),
    "approval-revocation": (Permission.REVOKE, "approval"),
    "approval-key": (Permission.KEYS, "approval"),
}


@needs(Permission.VIEW, within=True)
@require_safe
def to_do(request: HttpRequest) -> HttpResponse:
    """Tasks in the order of urgency with one button each; beside them how the inventory stands."""
    now, rules, reach = timezone.now(), rules_of(request), reach_of(request.user)
    signs = signals(now)
    stand = signs.standing(now)
    asked = stand.minute, rules, reach
    board = kept.get(("board", *asked), lambda: dashboard(rules, now, reach))
    told = notices(now, signs, reach)
    if reach.whole:
        _leave_counts(request, board, signs, stand)
    if not board.tokens and not tokens_within(reach).exists():
        return render(request, "tokens/first_run.html", {"notices": told})
    reader = request.user.get_username()
    tasks = kept.get(("todo", *asked, reader), lambda: todo(rules, now, reader=reader, reach=reach))
    remembered_for(reach).keep(tasks.total)
    rows = [_row(task, request.user) for task in tasks.tasks]
    context = {
        "title": title(tasks),
        "todo": tasks,
        "rows": rows,
        "rows_html": tasks_html(rows),
        "nothing": None if tasks.total else nothing_today(now, reach),
        "board": board,
        "uncounted": uncounted(board.share),
        "chart": charts.age_histogram(
            board.ages, limit=rules.base.rotate_days, warn=rules.base.warn_days
        ),
        "coming": board.coming[:COMING_SHOWN],
        "coming_more": sum(day.count for day in board.coming[COMING_SHOWN:]),
        "last_check": board.last_checked_at,
        "reminders_from": OPENS_AT,
        "notices": told,
        "now": now,
    }
    return render(request, "tokens/todo.html", context)


def _leave_counts(request: HttpRequest, board: Dashboard, signs: Signals, stand: Standing) -> None:
    """The navigation need not count again what this page has counted."""
    counted = {
        "tokens": board.tokens,
        "companies": signs.companies,
        "integrations": signs.integrations,
    }
    setattr(request, COUNTED, counted)
    note_numbers(stand, EVERYTHING, dict(counted))


def notices(now: datetime, signs: Signals, reach: Reach) -> list[Banner]:
    """The banners of this page, without the one that the shell shows on every page."""
    shown = allowed_host()
    found = banners(now, signs, whole=reach.whole)
    return [one for one in found if shown is None or one.title != shown.title]


def title(tasks: Todo) -> str:
    """The page's heading says how much there is to do."""
    if not tasks.total:
        return "Nothing today"
    return "1 thing needs you today" if tasks.total == 1 else f"{tasks.total} things need you today"


def uncounted(share: Share) -> str:
    """Which tokens the share's denominator leaves out, or ""."""
    parts = [
        f"{number} {words}"
        for number, words in (
            (share.unknown_age, "of unknown age"),
            (share.not_held, "not held"),
            (share.excepted, "excepted"),
        )
        if number
    ]
    if not parts:
        return ""
    one = share.unknown_age + share.not_held + share.excepted == 1
    named = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"{named} {'is' if one else 'are'} not counted in."


def _row(task: Task, user: object) -> TaskRow:
    permission, instead = _NEEDED.get(task.url_name, (Permission.VIEW, task.url_name))
    if may(user, permission, task.company):
        return TaskRow(task, reverse(task.url_name, args=[task.id]), task.label, task.button)
    return TaskRow(task, reverse(instead, args=[task.id]), "Look", "")
