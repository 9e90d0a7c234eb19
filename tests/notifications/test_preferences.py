"""Mails kept back as their readers prefer, snoozed, told to second contacts: over real SMTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import ACTOR, failing, make_account, make_integration, make_person
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.models import Integration, Mail, Notice, Token
from tokens.notifications.status import mail_backlog
from tokens.notifications.troubles import Work
from tokens.selectors.signals import signals
from tokens.services.alert import queue_alerts
from tokens.services.deliver import deliver_due
from tokens.services.preferences import set_preference
from tokens.services.pulse import beat
from tokens.services.remind import plan_reminders, remind_if_open_hours
from tokens.services.send_reminders import send_reminders
from tokens.services.snooze import end_snooze, snooze
from tokens.services.watch import watch

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER, OTHER, BOSS = "owner@example.com", "other@example.com", "boss@example.com"
SEVEN = NOON.replace(hour=7)  # Tuesday, 10 March 2026


def prefer(email: str = OWNER, **chosen: Any) -> None:
    wanted: dict[str, Any] = {"digest": "none", "weekday": 0, "quiet": (), "time_zone": ""}
    set_preference(email=email, actor=ACTOR, now=SEVEN - timedelta(days=1), **(wanted | chosen))


def run(sink: Sink, at: datetime) -> list[str]:
    """What beat does at that moment; to whom mails went."""
    sink.arrived.clear()
    remind_if_open_hours(now=at)
    deliver_due(now=at, connection_factory=sink.factory)
    return sink.to


def body(sink: Sink) -> str:
    text = sink.arrived[-1].get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def test_a_weekly_digest_waits_for_its_day_and_holds_everything(sink: Sink) -> None:
    prefer(digest="weekly", weekday=4)
    first = token_due_in(14, owner_email=OWNER)
    second = token_due_in(31, owner_email=OWNER)
    token_due_in(14, owner_email=OTHER)
    assert run(sink, SEVEN) == [OTHER]
    assert run(sink, SEVEN + timedelta(days=1)) == []
    assert run(sink, SEVEN + timedelta(days=2, hours=12)) == []
    assert run(sink, SEVEN + timedelta(days=3)) == [OWNER]
    assert str(first.pk) in body(sink)
    assert str(second.pk) in body(sink)
    assert run(sink, SEVEN + timedelta(days=3, hours=5)) == []


def test_what_is_due_today_is_not_held_for_the_week(sink: Sink) -> None:
    prefer(digest="weekly", weekday=4)
    token_due_in(14, owner_email=OWNER)
    assert run(sink, SEVEN) == []
    urgent = token_due_in(0, owner_email=OWNER, now=NOON + timedelta(days=1))
    assert run(sink, SEVEN + timedelta(days=1)) == [OWNER]
    assert str(urgent.pk) in body(sink)
    assert sink.arrived[0]["Subject"] == "1 token due today, 1 due in 13 days"


def test_the_tightest_supersedes_what_a_digest_holds(sink: Sink) -> None:
    prefer(quiet=(1, 2, 3, 4, 5, 6))
    token_due_in(8, owner_email=OWNER)
    assert run(sink, SEVEN) == []
    assert Notice.objects.filter(status="queued").values_list("threshold", flat=True)[0] == 14
    assert run(sink, SEVEN + timedelta(days=6)) == [OWNER]
    assert [notice.threshold for notice in Notice.objects.filter(status="sent")] == [7]
    assert sorted(Notice.objects.values_list("threshold", "status")) == [
        (7, "sent"),
        (14, "cancelled"),
    ]


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Europe/Amsterdam", SEVEN - timedelta(hours=1)),
        ("America/New_York", SEVEN + timedelta(hours=4)),
        ("Asia/Tokyo", SEVEN - timedelta(hours=6, minutes=59)),  # 09:01 there
    ],
)
def test_seven_in_the_reader_s_own_zone_and_nobody_else_is_mailed_early(
    zone: str, at: datetime, sink: Sink
) -> None:
    prefer(time_zone=zone)
    token_due_in(7, owner_email=OWNER)
    token_due_in(7, owner_email=OTHER)
    early = at < SEVEN
    if zone != "Asia/Tokyo":
        assert run(sink, at - timedelta(minutes=1)) == ([] if early else [OTHER])
    assert run(sink, at) == [OWNER]
    assert run(sink, SEVEN + timedelta(hours=5)) == ([OTHER] if early else [])


def test_what_others_are_told_at_seven_is_not_behind_before(sink: Sink) -> None:
    make_account(BOSS)
    prefer(time_zone="Europe/Amsterdam")
    token_due_in(7, owner_email=OWNER)
    token_due_in(7, owner_email=OTHER)
    token_due_in(7, owner_email="")
    assert run(sink, SEVEN - timedelta(hours=1)) == [OWNER]
    for minutes in range(-60, 1, 5):
        at = SEVEN + timedelta(minutes=minutes)
        beat("sweep", now=at)
        assert watch(now=at) == {}
        queued = mail_backlog(at).mails, signals(at).queued, signals(at).queued_since
        assert queued == ((0, 0, None) if minutes < 0 else (2, 2, SEVEN))
    assert run(sink, SEVEN + timedelta(minutes=1)) == sorted([OTHER, BOSS])


def test_a_preference_holds_for_what_waits_already_and_so_does_its_end(sink: Sink) -> None:
    token_due_in(7, owner_email=OWNER)
    plan_reminders(now=SEVEN)
    prefer(digest="weekly", weekday=4)
    assert Mail.objects.get().held_until == SEVEN + timedelta(days=3)
    assert run(sink, SEVEN) == []
    prefer()
    assert Mail.objects.get().held_until is None
    assert run(sink, SEVEN + timedelta(minutes=5)) == [OWNER]


def test_alerts_come_at_once_whatever_is_preferred_or_snoozed(sink: Sink) -> None:
    prefer(digest="weekly", weekday=4, quiet=(1,), time_zone="America/New_York")
    token = token_due_in(7, owner_email=OWNER, secret=failing(SEVEN))
    snooze(token=token, until=SEVEN.date(), reason="x", actor=ACTOR, now=SEVEN)
    queue_alerts(failing=[token.secret_id], now=SEVEN)
    night = SEVEN - timedelta(hours=4)
    assert run(sink, night) == [OWNER]
    assert "Newly failing" in str(sink.arrived[0]["Subject"])


def test_what_is_held_back_is_not_late(sink: Sink) -> None:
    prefer(digest="weekly", weekday=4)
    token_due_in(7, owner_email=OWNER)
    run(sink, SEVEN)
    for minutes in range(0, 300, 5):
        assert Work.MAIL not in watch(now=SEVEN + timedelta(minutes=minutes))
    assert signals(SEVEN + timedelta(hours=5)).queued_since is None
    assert mail_backlog(SEVEN + timedelta(hours=5)).mails == 0
    later = SEVEN + timedelta(days=3)
    assert signals(later + timedelta(minutes=1)).queued_since == later
    assert mail_backlog(later + timedelta(minutes=1)).oldest == timedelta(minutes=1)


def test_a_digest_that_was_not_accepted_goes_out_as_soon_as_it_can(sink: Sink) -> None:
    prefer(digest="weekly", weekday=1)
    token_due_in(7, owner_email=OWNER)
    sink.data_answer = "451 try later"
    assert run(sink, SEVEN) == []
    sink.data_answer = ""
    assert run(sink, SEVEN + timedelta(hours=20)) == []  # three in the morning
    assert run(sink, SEVEN + timedelta(hours=24)) == [OWNER]


def test_the_command_keeps_to_it_and_counts_apart(sink: Sink) -> None:
    prefer(digest="weekly", weekday=4)
    token_due_in(7, owner_email=OWNER)
    token_due_in(7, owner_email=OTHER)
    tally = send_reminders(clock=lambda: SEVEN, connection_factory=sink.factory)
    assert (tally.due, tally.sent, tally.failed, tally.held) == (1, 1, 0, 1)
    assert sink.to == [OTHER]


def test_a_snooze_quiets_everybody_and_then_only_the_tightest_comes(sink: Sink) -> None:
    make_account(BOSS)
    token = token_due_in(1, owner_email=OWNER)
    plan_reminders(now=SEVEN)
    snooze(token=token, until=SEVEN.date() + timedelta(days=7), reason="x", actor=ACTOR, now=SEVEN)
    for days in range(8):
        assert run(sink, SEVEN + timedelta(days=days)) == []
    assert run(sink, SEVEN + timedelta(days=8)) == [BOSS, OWNER]
    assert set(Notice.objects.filter(status="sent").values_list("threshold", flat=True)) == {-7}


def test_a_snooze_that_is_ended_early(sink: Sink) -> None:
    token = token_due_in(7, owner_email=OWNER)
    snooze(token=token, until=SEVEN.date() + timedelta(days=9), reason="x", actor=ACTOR, now=SEVEN)
    assert run(sink, SEVEN) == []
    end_snooze(token=token, actor=ACTOR, now=SEVEN + timedelta(hours=1))
    assert run(sink, SEVEN + timedelta(hours=2)) == [OWNER]


def test_what_one_was_told_before_a_snooze_is_not_told_to_others_because_of_it(sink: Sink) -> None:
    make_account(BOSS)
    prefer(BOSS, digest="weekly", weekday=1)
    token = token_due_in(-7, owner_email=OWNER)
    run(sink, SEVEN + timedelta(hours=1))
    Mail.objects.filter(recipient=BOSS).update(status="queued", sent_at=None)
    Notice.objects.filter(recipient=BOSS).update(status="queued", sent_at=None)
    snooze(token=token, until=SEVEN.date(), reason="x", actor=ACTOR, now=SEVEN)
    assert run(sink, SEVEN + timedelta(hours=2)) == []
    assert Notice.objects.filter(status="queued").count() == 0


def second_contact(token: Token, email: str) -> None:
    Integration.objects.filter(pk=token.integration_id).update(second_contact=make_person(email))


def test_the_second_contact_is_told_from_seven_days_left_on_and_why(sink: Sink) -> None:
    token = token_due_in(14, owner_email=OWNER)
    second_contact(token, OTHER)
    assert run(sink, SEVEN) == [OWNER]
    assert "second contact" not in body(sink)
    assert run(sink, SEVEN + timedelta(days=7)) == [OTHER, OWNER]
    words = {str(each["To"]): each.get_body(("plain",)) for each in sink.arrived}
    to_second, to_owner = words[OTHER], words[OWNER]
    assert to_second is not None
    assert to_owner is not None
    text = " ".join(to_second.get_content().split())
    assert (
        "You get this because you are the second contact of its integration, and nobody has "
        "rotated the token yet." in text
    )
    assert f"You are the second contact of {token.integration.name}." in text
    assert "second contact" not in to_owner.get_content()
    assert "You get this because you own this Coolset token." in to_owner.get_content()


def test_who_owns_one_and_is_second_contact_of_another(sink: Sink) -> None:
    integration = make_integration(second_contact=make_person(OTHER))
    token_due_in(7, owner_email=OWNER, integration=integration)
    token_due_in(7, owner_email=OTHER)
    assert run(sink, SEVEN) == [OTHER, OWNER]
    mail = next(each for each in sink.arrived if each["To"] == OTHER)
    text = mail.get_body(("plain",))
    assert text is not None
    words = " ".join(text.get_content().split())
    assert "because you own these Coolset tokens or are the second contact" in words
    assert words.count("You are the second contact of") == 1
