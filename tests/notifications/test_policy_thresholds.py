"""Each policy reminds on its own days; what was queued under another one is not sent any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import ACTOR, make_token
from tests.notifications.days import NOON, token_due_in
from tokens.models import Notice, NoticeStatus, Policy, Token
from tokens.policy.book import PolicyFacts
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import Rules
from tokens.services.change_policy import edit_policy
from tokens.services.create_policy import create_policy
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db

TODAY = midnight(utc_day(NOON))


def policy(*thresholds: int, days: int = 60) -> Policy:
    rules = Rules(rotate_days=days, thresholds=thresholds)
    proposal = PolicyFacts(0, "Admin scope", rules, scope="admin")
    return create_policy(proposal=proposal, actor=ACTOR, now=NOON)


def admin_due_in(left: int, days: int = 60) -> Token:
    return make_token(scope="admin", issued_at=TODAY + timedelta(days=left - days), now=NOON)


def queued(token: Token) -> list[int]:
    rows = Notice.objects.filter(token=token, status=NoticeStatus.QUEUED.value)
    return sorted(rows.values_list("threshold", flat=True))


@pytest.mark.parametrize(
    ("left", "threshold"), [(30, None), (14, None), (10, 10), (7, 10), (5, 5), (0, 5), (-7, -7)]
)
def test_a_token_is_reminded_on_the_days_of_its_own_policy(
    left: int, threshold: int | None
) -> None:
    policy(10, 5)
    token, other = admin_due_in(left), token_due_in(left)
    plan_reminders(now=NOON)
    assert queued(token) == ([] if threshold is None else [threshold])
    assert queued(other)


def test_the_first_look_is_the_first_threshold_of_each_policy() -> None:
    policy(10, 5)
    token, other = admin_due_in(50), token_due_in(50)
    plan_reminders(now=NOON)
    for each, first in ((token, 10), (other, 30)):
        each.refresh_from_db()
        assert each.remind_at == each.due_at - timedelta(days=first)


def test_a_reminder_of_days_that_count_no_more_is_cancelled() -> None:
    row = policy(10, 5)
    token = admin_due_in(8)
    plan_reminders(now=NOON)
    assert queued(token) == [10]
    proposal = PolicyFacts(row.pk, row.name, Rules(rotate_days=60, thresholds=(5,)), scope="admin")
    edit_policy(proposal=proposal, actor=ACTOR, now=NOON)
    assert plan_reminders(now=NOON).cancelled == 1
    assert queued(token) == []


def test_a_new_policy_that_moves_the_due_day_decides_anew() -> None:
    token = admin_due_in(40, days=90)
    plan_reminders(now=NOON)
    assert queued(token) == []
    policy(14, 7)  # sixty days: due in ten
    plan_reminders(now=NOON)
    assert queued(token) == [14]
