"""What the planner writes into the ledger."""

from datetime import timedelta

import pytest

from tests.factories import failing, make_account, make_person
from tests.notifications.days import NOON, token_due_in
from tokens.models import Mail, Notice, NoticeKind, NoticeStatus, Token
from tokens.models.base import new_id
from tokens.policy.vocabulary import Role, State
from tokens.services.remind import is_open, plan_reminders, remind_if_open_hours

pytestmark = pytest.mark.django_db

OWNER = "owner@example.com"


def queued() -> list[tuple[str, int]]:
    rows = Notice.objects.filter(kind=NoticeKind.REMINDER, status=NoticeStatus.QUEUED)
    return sorted(rows.values_list("recipient", "threshold"))


def mark_all_sent() -> None:
    Notice.objects.filter(status="queued").update(status="sent", sent_at=NOON)
    Mail.objects.filter(status="queued").update(status="sent", sent_at=NOON)


@pytest.mark.parametrize(
    ("left", "threshold"),
    [
        *[(31, None), (30, 30), (29, 30), (14, 14), (8, 14), (7, 7), (1, 1), (0, 0), (-1, 0)],
        *[(-6, 0), (-7, -7), (-13, -7), (-14, -14), (-100, -98)],
    ],
)
def test_the_tightest_threshold_reached_is_planned_once(left: int, threshold: int | None) -> None:
    token_due_in(left, owner_email=OWNER)
    first = plan_reminders(now=NOON)
    again = plan_reminders(now=NOON + timedelta(minutes=5))
    assert queued() == ([] if threshold is None else [(OWNER, threshold)])
    assert (first.due, again.due) == (len(queued()), 0)


def test_tokens_far_from_due_are_only_given_a_date() -> None:
    token = token_due_in(60)
    plan_reminders(now=NOON)
    token.refresh_from_db()
    assert token.remind_at == token.due_at - timedelta(days=30)


def test_one_mail_per_recipient_and_run_and_one_for_each_administrator_where_overdue() -> None:
    make_account("boss@example.com")
    make_account("auditor@example.com", role=Role.AUDITOR)
    token_due_in(-8, owner_email=OWNER)
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert queued() == [("boss@example.com", -7), (OWNER, -7), (OWNER, 7)]
    assert sorted(Mail.objects.values_list("recipient", flat=True)) == ["boss@example.com", OWNER]


def test_administrators_are_told_of_the_ownerless_and_of_the_failing() -> None:
    make_account("boss@example.com")
    token_due_in(14, owner_email="")
    token_due_in(7, owner_email=OWNER, secret=failing(NOON))
    plan_reminders(now=NOON)
    assert queued() == [("boss@example.com", 7), ("boss@example.com", 14), (OWNER, 7)]


def test_an_owner_who_is_administrator_is_told_once() -> None:
    make_account(OWNER)
    token_due_in(-7, owner_email=OWNER.upper())
    plan_reminders(now=NOON)
    assert queued() == [(OWNER, -7)]


def test_with_nobody_to_tell_it_stays_due() -> None:
    token_due_in(14, owner_email="")
    assert plan_reminders(now=NOON).skipped == 1
    assert plan_reminders(now=NOON).skipped == 1
    assert not Notice.objects.exists()
    make_account("boss@example.com")
    plan_reminders(now=NOON + timedelta(days=1))
    assert queued() == [("boss@example.com", 14)]


@pytest.mark.parametrize("state", [State.REPLACED, State.REVOKED])
def test_only_active_tokens_are_reminded_of(state: State) -> None:
    token_due_in(7, row={"state": state.value, "replaced_at": NOON})
    assert plan_reminders(now=NOON).due == 0


def test_a_tighter_threshold_supersedes_a_waiting_wider_one() -> None:
    token_due_in(14, owner_email=OWNER)
    plan_reminders(now=NOON)
    planned = plan_reminders(now=NOON + timedelta(days=7))
    assert (planned.due, planned.cancelled) == (1, 1)
    assert queued() == [(OWNER, 7)]
    assert Mail.objects.filter(status="queued").count() == 1


def test_a_new_owner_gets_what_was_not_sent_and_inherits_what_was() -> None:
    waiting = token_due_in(14, owner_email=OWNER)
    plan_reminders(now=NOON)
    Token.objects.filter(pk=waiting.pk).update(owner=make_person("new@example.com"))
    plan_reminders(now=NOON)
    assert queued() == [("new@example.com", 14)]
    mark_all_sent()
    Token.objects.filter(pk=waiting.pk).update(owner=make_person("third@example.com"))
    plan_reminders(now=NOON + timedelta(days=1))
    assert queued() == []
    plan_reminders(now=NOON + timedelta(days=7))
    assert queued() == [("third@example.com", 7)]


def test_an_owner_who_comes_back_before_anything_was_sent_is_told_after_all() -> None:
    token = token_due_in(14, owner_email=OWNER)
    plan_reminders(now=NOON)
    Token.objects.filter(pk=token.pk).update(owner=make_person("new@example.com"))
    plan_reminders(now=NOON)
    Token.objects.filter(pk=token.pk).update(owner=token.owner)
    plan_reminders(now=NOON)
    assert queued() == [(OWNER, 14)]
    assert Mail.objects.filter(status="queued").count() == 1


def test_an_owner_with_a_dead_address_does_not_keep_the_next_owner_uninformed() -> None:
    make_account("boss@example.com")
    token = token_due_in(-7, owner_email=OWNER)
    plan_reminders(now=NOON)
    boss = Notice.objects.filter(recipient="boss@example.com")
    boss.update(status="sent", sent_at=NOON)
    Mail.objects.filter(recipient="boss@example.com").update(status="sent", sent_at=NOON)
    Mail.objects.filter(recipient=OWNER).update(status="refused")
    Token.objects.filter(pk=token.pk).update(owner=make_person("new@example.com"))
    plan_reminders(now=NOON)
    assert queued() == [("new@example.com", -7)]


def test_another_due_day_is_reminded_of_anew() -> None:
    token = token_due_in(14, owner_email=OWNER)
    plan_reminders(now=NOON)
    mark_all_sent()
    Token.objects.filter(pk=token.pk).update(
        due_at=token.due_at + timedelta(days=2), remind_at=None
    )
    plan_reminders(now=NOON)
    assert queued() == [(OWNER, 30)]


def test_an_unsent_mail_takes_up_what_comes_later_but_not_while_somebody_has_it() -> None:
    token_due_in(15, owner_email=OWNER)
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    assert Mail.objects.get().notices.filter(status="queued").count() == 2
    plan_reminders(now=NOON + timedelta(days=1))
    mail = Mail.objects.get()
    assert sorted(mail.notices.filter(status="queued").values_list("threshold", flat=True)) == [
        7,
        14,
    ]
    Mail.objects.update(claim=mail.pk, claimed_until=NOON)
    plan_reminders(now=NOON + timedelta(days=6))
    assert Mail.objects.count() == 2


def test_a_mail_that_may_have_been_accepted_takes_up_nothing() -> None:
    token_due_in(15, owner_email=OWNER)
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=NOON)
    Mail.objects.update(last_problem="broken_off", attempts=1)
    plan_reminders(now=NOON + timedelta(days=1))
    assert Mail.objects.count() == 2


def test_a_clock_set_back_sends_nothing_twice() -> None:
    token_due_in(14, owner_email=OWNER)
    plan_reminders(now=NOON)
    mark_all_sent()
    plan_reminders(now=NOON + timedelta(days=100))
    mark_all_sent()
    for days in (0, 1, 7, 14, 50, 99):
        plan_reminders(now=NOON + timedelta(days=days))
        assert queued() == []
    plan_reminders(now=NOON + timedelta(days=107))
    assert queued() == [(OWNER, -91)]


def test_what_a_wrong_clock_queued_is_taken_back() -> None:
    token_due_in(60, owner_email=OWNER)
    plan_reminders(now=NOON + timedelta(days=100))
    plan_reminders(now=NOON)
    assert queued() == []
    plan_reminders(now=NOON + timedelta(days=30))
    assert queued() == [(OWNER, 30)]


def test_beat_waits_for_seven_o_clock_utc() -> None:
    token_due_in(14, owner_email=OWNER)
    early = NOON.replace(hour=6, minute=59)
    assert remind_if_open_hours(now=early) is None
    assert not is_open(early)
    planned = remind_if_open_hours(now=NOON.replace(hour=7, minute=0))
    assert planned is not None
    assert planned.due == 1


def test_a_thousand_tokens_are_planned_with_a_bounded_number_of_queries(
    django_assert_max_num_queries: object,
) -> None:
    template = token_due_in(-3, owner_email=OWNER)
    copies = []
    for number in range(1000):
        copy = Token.objects.get(pk=template.pk)
        copy.pk = new_id()
        copy.label = f"copy {number}"
        copies.append(copy)
    Token.objects.bulk_create(copies)
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        assert plan_reminders(now=NOON).due == 1001
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert plan_reminders(now=NOON).due == 0
