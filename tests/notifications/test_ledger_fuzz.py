"""The ledger of reminders against clocks that stop, repeat, and go back: nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.notifications.days import NOON, token_due_in
from tokens.models import Mail, MailStatus, Notice, NoticeKind, NoticeStatus, Token
from tokens.policy.vocabulary import State
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db

REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=20,
    suppress_health_check=list(HealthCheck),
)
#: Hours from NOON at which the planner runs, in any order, and whether its mail goes out.
RUNS = st.lists(st.tuples(st.integers(-30, 24 * 60), st.booleans()), min_size=1, max_size=6)


@REPEATABLE
@given(RUNS, st.integers(-20, 45))
def test_what_is_sent_only_becomes_tighter_and_comes_once(
    runs: list[tuple[int, bool]], left: int
) -> None:
    """What merely waits may be unmade by a clock that was set back; what was sent may not."""
    token = token_due_in(left, owner_email="owner@example.com")
    rows = Notice.objects.filter(kind=NoticeKind.REMINDER, token=token)
    sent: list[int] = []
    for hour, delivered in runs:
        plan_reminders(now=NOON + timedelta(hours=hour))
        told = list(rows.values_list("recipient", "threshold"))
        assert len(told) == len(set(told))
        waiting = rows.filter(status=NoticeStatus.QUEUED).values_list("threshold", flat=True)
        assert len(waiting) <= 1  # the tightest alone, whatever was missed
        assert all(each < min(sent, default=1000) for each in waiting)
        if delivered and waiting:
            sent.append(waiting[0])
            Mail.objects.filter(notices__in=rows.filter(status=NoticeStatus.QUEUED)).update(
                status=MailStatus.SENT, sent_at=NOON
            )
            rows.filter(status=NoticeStatus.QUEUED).update(status=NoticeStatus.SENT, sent_at=NOON)
    assert sent == sorted(set(sent), reverse=True)
    Token.objects.filter(pk=token.pk).update(state=State.REVOKED)
