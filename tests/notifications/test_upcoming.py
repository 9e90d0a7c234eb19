"""Who will be told next is what the rules then do."""

from datetime import date, datetime, timedelta

import pytest

from tests.factories import ACTOR, make_account, make_integration, make_person
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.models import Token
from tokens.notifications.upcoming import NextReminder, next_reminder
from tokens.policy.readers import Why
from tokens.policy.settings import DEFAULT
from tokens.services.deliver import deliver_due
from tokens.services.preferences import set_preference
from tokens.services.remind import plan_reminders, remind_if_open_hours
from tokens.services.snooze import snooze

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER, SECOND, BOSS = "owner@example.com", "second@example.com", "boss@example.com"
TODAY = NOON.date()


def coming(token: Token, now: datetime = NOON) -> NextReminder:
    fresh = Token.objects.select_related("secret", "owner", "integration").get(pk=token.pk)
    return next_reminder(fresh, rules=DEFAULT, now=now)


def prefer_mondays() -> None:
    set_preference(
        email=OWNER,
        digest="weekly",
        weekday=0,
        quiet=(),
        time_zone="Europe/Amsterdam",
        actor=ACTOR,
        now=NOON,
    )


@pytest.mark.parametrize("left", [20, 8, 7, 2, 1, 0, -1, -7, -9])
@pytest.mark.parametrize("done", [False, True])
def test_what_is_shown_is_what_happens(left: int, done: bool, sink: Sink) -> None:
    """Beat runs every hour until the mails go out: to those who were named, when it was said."""
    make_account(BOSS)
    prefer_mondays()
    second = make_integration(second_contact=make_person(SECOND))
    token = token_due_in(left, owner_email=OWNER, integration=second)
    now = NOON
    if done:
        plan_reminders(now=now)
        for days in range(9):  # until nothing waits any more
            deliver_due(now=now + timedelta(days=days), connection_factory=sink.factory)
        now += timedelta(days=8)
    said = coming(token, now)
    assert said.on is not None
    sink.arrived.clear()
    found: dict[str, datetime] = {}
    at = now
    for _ in range(24 * 45):
        remind_if_open_hours(now=at)
        deliver_due(now=at, connection_factory=sink.factory)
        for address in sink.to:
            found.setdefault(address, at)
        sink.arrived.clear()
        if set(found) >= set(said.recipients):
            break
        at += timedelta(hours=1)
    # Nobody else, unless a tighter threshold took its place while it was held back.
    tighter = left - (at.date() - NOON.date()).days < (said.threshold or 0) - 1
    assert set(found) == set(said.recipients) or tighter
    for reader in said.readers:
        latest = max(reader.mailed_from, now) + timedelta(hours=1)
        assert found[reader.address] <= latest
        assert found[reader.address] >= reader.mailed_from or (tighter and reader.held)
        assert reader.held is (reader.address == OWNER and reader.mailed_from > latest_usual(said))


def latest_usual(said: NextReminder) -> datetime:
    """When those are mailed who prefer nothing."""
    others = [each.mailed_from for each in said.readers if each.address != OWNER]
    return max([NOON, *others])


def test_a_snooze_moves_it_and_says_so(sink: Sink) -> None:
    token = token_due_in(7, owner_email=OWNER)
    prefer_mondays()
    plan_reminders(now=NOON)
    until = TODAY + timedelta(days=9)
    snooze(token=token, until=until, reason="x", actor=ACTOR, now=NOON)
    said = coming(token)
    assert (said.snoozed_until, said.on, said.threshold) == (until, date(2026, 3, 20), 0)
    assert [each.mailed_from.date() for each in said.readers] == [date(2026, 3, 20)]
    assert coming(token, NOON + timedelta(days=10)).snoozed_until is None


def test_why_each_is_told() -> None:
    make_account(BOSS)
    backed = make_integration(second_contact=make_person(SECOND))
    token = token_due_in(-7, owner_email=OWNER, integration=backed)
    assert [(each.address, each.why) for each in coming(token).readers] == [
        (OWNER, Why.OWNER),
        (SECOND, Why.SECOND_CONTACT),
        (BOSS, Why.ADMINISTRATOR),
    ]
