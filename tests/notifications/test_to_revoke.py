"""Replaced tokens that are still in force: sixty days of reminders against an oracle, and words."""

import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from tests.factories import ACTOR, accepted, make_account, make_token
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.audit import verify
from tokens.models import AuditEvent, Notice, Policy, Token
from tokens.notifications.status import history
from tokens.notifications.upcoming import next_reminder
from tokens.policy.settings import DEFAULT
from tokens.services.change_policy import change_policy
from tokens.services.deliver import deliver_due
from tokens.services.record_revocation import record_revocation
from tokens.services.remind import plan_reminders, remind_if_open_hours
from tokens.services.send_reminders import Tally, send_reminders

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER, BOSS, SECOND_BOSS = "owner@example.org", "boss@example.com", "boss2@example.com"
DAYS = 60


def replaced(at: datetime, *, owner: str = OWNER, **fields: Any) -> Token:
    """A token that another one took the place of at `at`, due far away."""
    token = make_token(owner_email=owner, issued_at=at, now=at, secret=accepted(at), **fields)
    Token.objects.filter(pk=token.pk).update(state="replaced", replaced_at=at)
    return Token.objects.select_related("secret", "owner", "company", "integration").get(
        pk=token.pk
    )


def revoke(token: Token, now: datetime) -> None:
    record_revocation(token=token, reason="replaced", by=BOSS, actor=ACTOR, now=now)


@dataclass
class Known:
    id: UUID
    at: datetime
    owner: str
    revoked: bool = False
    told: set[tuple[date, int]] = field(default_factory=set)


def expected(known: list[Known], now: datetime, *, delivered: bool) -> dict[str, set[UUID]]:
    """The rule, written down a second time: once when the week is over, then once a week."""
    mails: dict[str, set[UUID]] = {}
    for token in known:
        end = token.at + timedelta(days=7)
        if token.revoked or now <= end:
            continue
        week = (now.date() - end.date()).days // 7
        if any(told >= week for _, told in token.told):
            continue
        if delivered:
            token.told.add((now.date(), week))
            for reader in {token.owner, BOSS, SECOND_BOSS}:
                mails.setdefault(reader, set()).add(token.id)
    return mails


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def mailed(sink: Sink) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for message in sink.arrived:
        ids = re.findall(r"/tokens/([0-9a-f-]{36})/", plain(message))
        assert str(message["To"]) not in found, "one mail per recipient and run"
        found[str(message["To"])] = {UUID(each) for each in ids}
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sixty_days_of_mails_are_those_of_the_oracle(seed: int, sink: Sink) -> None:
    chance = random.Random(seed)
    for boss in (BOSS, SECOND_BOSS):
        make_account(boss)
    known: list[Known] = []
    total = 0
    for day in range(DAYS):
        now = NOON + timedelta(days=day)
        if day < 45 and chance.random() < 0.3:
            at = now - timedelta(hours=chance.randint(0, 300), minutes=chance.randint(0, 59))
            owner = chance.choice([OWNER, "other@example.org"])
            known.append(Known(replaced(at, owner=owner).pk, at, owner))
        if known and chance.random() < 0.08:
            token = chance.choice(known)
            if not token.revoked:
                token.revoked = True
                revoke(Token.objects.get(pk=token.id), now.replace(hour=2))
        if chance.random() < 0.2:
            continue  # the beat is dead today: nothing is skipped, and nothing doubled
        up = chance.random() > 0.2
        sink.data_answer = "" if up else "451 try later"
        for hour in (3, 8, 12, 20):
            at = now.replace(hour=hour)
            sink.arrived.clear()
            remind_if_open_hours(now=at)
            deliver_due(now=at, connection_factory=sink.factory)
            wanted = {} if hour == 3 else expected(known, at, delivered=up)
            assert mailed(sink) == wanted, f"day {day}, hour {hour}"
            total += sum(len(ids) for ids in wanted.values())
    assert total > 40
    assert Notice.objects.filter(kind="not_revoked", status="sent").count() == total
    assert not Notice.objects.filter(kind="reminder").exists()
    assert verify().ok


def test_what_is_to_be_rotated_and_what_is_to_be_revoked_share_a_mail(sink: Sink) -> None:
    make_account(BOSS)
    due = token_due_in(7, owner_email=OWNER)
    old = replaced(NOON - timedelta(days=9), integration_name="Night export")
    assert send_reminders(clock=lambda: NOON, connection_factory=sink.factory) == Tally(3, 0, 0)
    mails = {str(message["To"]): message for message in sink.arrived}
    assert set(mails) == {OWNER, BOSS}
    assert mails[OWNER]["Subject"] == (
        f"Due in 7 days: {due.integration.name}, {due.company.name}, production (and 1 to revoke)"
    )
    text = plain(mails[OWNER])
    assert text.index("1 token to rotate") < text.index("1 replaced token to revoke")
    for words in (
        f"Night export · {old.company.name} · production",
        "Replaced on Sunday 1 March 2026 (UTC), to be gone by Sunday 8 March 2026 (UTC).",
        "Coolset still accepts it.",
        f"/tokens/{old.pk}/",
        "You get this because you own these Coolset tokens.",
    ):
        assert words in text
    alone = mails[BOSS]
    assert alone["Subject"] == (
        f"Replaced, but not revoked: Night export, {old.company.name}, production"
    )
    text = plain(alone)
    assert "overdue, failing, replaced but not revoked, or without an owner" in text
    assert str(due.pk) not in text


def test_mails_without_any_to_revoke_say_nothing_of_it(sink: Sink) -> None:
    make_account(BOSS)
    token_due_in(-7, owner_email=OWNER)
    replaced(NOON - timedelta(days=6))
    send_reminders(clock=lambda: NOON, connection_factory=sink.factory)
    assert len(sink.arrived) == 2
    for message in sink.arrived:
        assert "revoke)" not in message["Subject"]
        text = plain(message)
        assert ("failing or without an owner" in text) is (message["To"] == BOSS)


def test_revoked_before_the_mail_went_out(sink: Sink) -> None:
    make_account(BOSS)
    token = replaced(NOON - timedelta(days=8))
    assert plan_reminders(now=NOON).due == 2
    revoke(token, NOON)
    deliver_due(now=NOON + timedelta(minutes=1), connection_factory=sink.factory)
    assert [str(message["Subject"]) for message in sink.arrived] == []
    assert set(Notice.objects.values_list("status", flat=True)) == {"cancelled"}
    assert plan_reminders(now=NOON + timedelta(days=7)).due == 0


def test_what_was_never_replaced_after_all_holds_nobody_up(sink: Sink) -> None:
    make_account(BOSS)
    token = replaced(NOON - timedelta(days=8))
    assert plan_reminders(now=NOON).due == 2
    Token.objects.filter(pk=token.pk).update(state="active", replaced_at=None)
    assert plan_reminders(now=NOON).cancelled == 2
    deliver_due(now=NOON, connection_factory=sink.factory)
    assert sink.arrived == []


def test_a_refused_address_has_failed_and_nobody_is_skipped(sink: Sink) -> None:
    replaced(NOON - timedelta(days=8), owner="")
    assert send_reminders(clock=lambda: NOON, connection_factory=sink.factory) == Tally(0, 0, 1)
    make_account(BOSS)
    sink.refuse[BOSS] = "550 no"
    assert send_reminders(clock=lambda: NOON, connection_factory=sink.factory) == Tally(0, 1, 0)
    sink.refuse.clear()
    assert send_reminders(clock=lambda: NOON, connection_factory=sink.factory) == Tally(1, 0, 0)


def test_the_trail_and_the_page_say_that_it_was_told(sink: Sink) -> None:
    make_account(BOSS)
    token = replaced(NOON - timedelta(days=16))
    found = next_reminder(token, rules=DEFAULT, now=NOON)
    assert (found.on, found.recipients) == (NOON.date(), (OWNER, BOSS))
    send_reminders(clock=lambda: NOON, connection_factory=sink.factory)
    assert AuditEvent.objects.filter(kind="reminder.to_revoke_sent").count() == 2
    assert [told.threshold for told in history(token)] == [-7, -7]
    assert next_reminder(token, rules=DEFAULT, now=NOON).on == date(2026, 3, 15)


def test_a_shorter_overlap_counts_at_once(sink: Sink) -> None:
    make_account(BOSS)
    replaced(NOON - timedelta(days=3))
    assert plan_reminders(now=NOON).due == 0
    Policy.objects.get_or_create(pk=1)
    change_policy(
        rotate_days=90, warn_days=14, unused_days=30, stale_hours=48, overlap_days=2,
        actor=ACTOR, now=NOON,
    )  # fmt: skip
    assert plan_reminders(now=NOON + timedelta(minutes=5)).due == 2
