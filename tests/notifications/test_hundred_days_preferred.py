"""A hundred days with preferences, snoozes, second contacts and a dead mailbox, over real SMTP.

The oracle knows the rules and nothing else, and asks the other way round: not when a mail goes out
first, but at each tick of beat whether anything allows it to go.
"""

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.factories import ACTOR, make_account, make_integration, make_person
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.audit import verify
from tokens.models import Person, RefusedAddress, Token
from tokens.services.deliver import deliver_due
from tokens.services.preferences import set_preference
from tokens.services.remind import remind_if_open_hours
from tokens.services.snooze import end_snooze, snooze

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

DAYS = 100
TICKS = [time(0, 10), time(5, 5), time(6, 5), time(7, 5), time(12, 5), time(15, 5), time(21, 5)]
BOSS, PLAIN, DEAD, GONE = "boss@example.com", "plain@example.org", "dead@e.org", "gone@e.org"
SECOND = "second@example.org"


@dataclass(frozen=True)
class Wish:
    digest: str = "none"
    weekday: int = 0
    quiet: frozenset[int] = frozenset()
    zone: str = "UTC"


WISHES = {
    "weekly@example.org": Wish("weekly", 4, frozenset({5, 6}), "Europe/Amsterdam"),
    "daily@example.org": Wish("daily", zone="America/New_York"),
    "tokyo@example.org": Wish(quiet=frozenset({2}), zone="Asia/Tokyo"),
    BOSS: Wish("weekly", 0),
}
OWNERS = [*list(WISHES)[:3], PLAIN, DEAD, GONE, ""]
Item = tuple[UUID, date, int]
Mails = dict[str, set[UUID]]


@dataclass
class Known:
    """A token as the oracle sees it."""

    id: UUID
    due: date
    owner: str
    second: str
    snoozed: date | None = None


@dataclass
class Oracle:
    """The rules of reminders and of what people prefer, the slow way."""

    tokens: list[Known]
    gone: date
    queue: dict[str, dict[Item, datetime]] = field(default_factory=dict)
    done: dict[tuple[UUID, date], int] = field(default_factory=dict)
    told: set[tuple[str, Item]] = field(default_factory=set)
    sent: dict[str, datetime] = field(default_factory=dict)

    def tick(self, now: datetime) -> Mails:
        if now.hour >= 7 or any(self.early(wish, now) for wish in WISHES.values()):
            self.plan(now)
        mails: Mails = {}
        for reader, items in sorted(self.queue.items()):
            for item in [item for item in items if not self.is_true(item, reader, now)]:
                if self.may_go(reader, now):
                    del items[item]
            if items and self.may_go(reader, now) and reader != DEAD:
                mails[reader] = {token for token, _, _ in items}
                for token, due, threshold in items:
                    self.done[token, due] = min(threshold, self.done.get((token, due), 1000))
                    self.told.add((reader, (token, due, threshold)))
                items.clear()
                self.sent[reader] = now
        return mails

    def early(self, wish: Wish, now: datetime) -> bool:
        return opening(now.date(), wish) <= now and self.is_awake(wish, now)

    def plan(self, now: datetime) -> None:
        for token in self.tokens:
            threshold = reached((token.due - now.date()).days)
            item = (token.id, token.due, threshold or 0)
            for reader, items in self.queue.items():
                for old in [old for old in items if old[0] == token.id]:
                    if not self.is_true(old, reader, now):
                        del items[old]
            is_quiet = token.snoozed is not None and now.date() <= token.snoozed
            if threshold is None or is_quiet:
                continue
            if threshold >= self.done.get((token.id, token.due), 1000):
                continue
            for reader in self.readers(token, now.date()):
                if (reader, item) not in self.told:
                    self.queue.setdefault(reader, {}).setdefault(item, now)

    def is_true(self, item: Item, reader: str, now: datetime) -> bool:
        token = next(each for each in self.tokens if each.id == item[0])
        if token.snoozed is not None and now.date() <= token.snoozed:
            return False
        if item[1] != token.due or reader not in self.readers(token, now.date()):
            return False
        return reached((token.due - now.date()).days) == item[2]

    def readers(self, token: Known, today: date) -> list[str]:
        left = (token.due - today).days
        helpless = left < 0 or not token.owner or (token.owner == GONE and today > self.gone)
        found = [token.owner] if token.owner else []
        found += [token.second] if token.second and (helpless or left <= 7) else []
        return found + ([BOSS] if helpless else [])

    def may_go(self, reader: str, now: datetime) -> bool:
        wish = WISHES.get(reader)
        if wish is None:
            return now.hour >= 7
        items = self.queue[reader].items()
        return self.is_awake(wish, now) and any(
            self.wanted(wish, reader, item, ready, now) for item, ready in items
        )

    def is_awake(self, wish: Wish, now: datetime) -> bool:
        there = now.astimezone(ZoneInfo(wish.zone))
        day = there.weekday() not in wish.quiet and there.time() >= time(7)
        return day and now >= opening(now.date(), wish)

    def wanted(self, wish: Wish, reader: str, item: Item, ready: datetime, now: datetime) -> bool:
        zone = ZoneInfo(wish.zone)
        start = max(ready, opening(ready.date(), wish))
        last = self.sent.get(reader)
        if wish.digest == "none" or last is None or now - last > timedelta(hours=50):
            sent_on = date.min
        else:
            sent_on = last.astimezone(zone).date()
        day, today = start.astimezone(zone).date(), now.astimezone(zone).date()
        while day <= today:
            suits = day.weekday() not in wish.quiet and day > sent_on
            if wish.digest == "weekly" and item[2] > 1:
                suits = suits and day.weekday() == wish.weekday
            if suits and max(start, opening(day, wish)) <= now:
                return True
            day += timedelta(days=1)
        return False


def opening(day: date, wish: Wish) -> datetime:
    return datetime.combine(day, time(7), tzinfo=ZoneInfo(wish.zone)).astimezone(UTC)


def reached(left: int) -> int | None:
    found = [each for each in (30, 14, 7, 1, 0, *range(-7, -400, -7)) if left <= each]
    return found[-1] if found else None


def start(chance: random.Random) -> Oracle:
    make_account(BOSS)
    for email, wish in WISHES.items():
        set_preference(
            email=email,
            digest=wish.digest,
            weekday=wish.weekday,
            quiet=wish.quiet,
            time_zone=wish.zone,
            actor=ACTOR,
            now=NOON,
        )
    backed = make_integration("backed", second_contact=make_person(SECOND))
    gone = NOON.date() + timedelta(days=30)
    Person.objects.create(email=GONE, leaving_on=gone, created_at=NOON)
    known = []
    for number in range(21):
        owner = OWNERS[number % len(OWNERS)]
        more: dict[str, Any] = {"integration": backed, "label": str(number)}
        token = token_due_in(
            chance.randint(-20, 80), owner_email=owner, **(more if number % 3 == 0 else {})
        )
        second = SECOND if number % 3 == 0 else ""
        known.append(Known(token.pk, token.due_at.date(), owner, second))
    return Oracle(known, gone)


def disturb(oracle: Oracle, chance: random.Random, now: datetime) -> None:
    """One thing happens to one token, here and there alike."""
    known = chance.choice(oracle.tokens)
    token = Token.objects.get(pk=known.id)
    match chance.randint(0, 2):
        case 0:
            known.due += timedelta(days=chance.randint(1, 40))
            due = datetime.combine(known.due, time(), tzinfo=UTC)
            Token.objects.filter(pk=known.id).update(due_at=due, remind_at=None)
        case 1:
            until = now.date() + timedelta(days=chance.randint(0, 7))
            snooze(token=token, until=until, reason="busy", actor=ACTOR, now=now)
            known.snoozed = until
        case 2 if known.snoozed is not None and known.snoozed >= now.date():
            end_snooze(token=token, actor=ACTOR, now=now)
            known.snoozed = None


def mails_of(sink: Sink) -> Mails:
    """Reminders alone: that a mailbox is dead is told in an alert."""
    found: Mails = {}
    for message in sink.arrived:
        body = message.get_body(("plain",))
        assert body is not None
        ids = re.findall(r"/tokens/([0-9a-f-]{36})/", body.get_content())
        if str(message["Subject"]).startswith("Mails do not reach"):
            assert (str(message["To"]), ids) == (BOSS, [])
            continue
        assert str(message["To"]) not in found, "one mail per recipient and run"
        found[str(message["To"])] = {UUID(each) for each in ids}
        assert len(ids) == len(set(ids))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_every_tick_s_mails_are_those_of_the_oracle(seed: int, sink: Sink) -> None:
    chance = random.Random(seed)
    oracle = start(chance)
    sink.refuse[DEAD] = "550 no such user"
    total: dict[str, int] = {}
    for day in range(DAYS):
        midnight = (NOON + timedelta(days=day)).replace(hour=0)
        disturb(oracle, chance, midnight)
        if chance.random() < 0.15:
            continue  # beat is dead today
        for at in TICKS:
            now = midnight.replace(hour=at.hour, minute=at.minute)
            sink.arrived.clear()
            remind_if_open_hours(now=now)
            deliver_due(now=now, connection_factory=sink.factory)
            expected = oracle.tick(now)
            assert mails_of(sink) == expected, f"day {day}, {at}"
            for reader, ids in expected.items():
                total[reader] = total.get(reader, 0) + len(ids)
    assert set(total) == {*WISHES, PLAIN, GONE, SECOND}
    assert RefusedAddress.objects.get().email == DEAD
    assert verify().ok
