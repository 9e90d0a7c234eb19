"""A hundred days of mail to a real server, against an oracle that knows the rules and nothing else.

Beat is dead on some days, the mail server on others; owners change, tokens are revoked, fail, get
another due day. Every day's mails have to be exactly those of the oracle.
"""

import random
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from tests.factories import accepted, failing, make_account, make_person
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tokens.audit import verify
from tokens.models import Account, Mail, Notice, Secret, Token
from tokens.services.deliver import deliver_due
from tokens.services.remind import remind_if_open_hours

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNERS = [f"owner{number}@example.org" for number in range(4)]
BOSSES = ["boss0@example.com", "boss1@example.com"]
DAYS = 100

Mails = dict[str, set[UUID]]


@dataclass
class Known:
    """A token as the oracle sees it."""

    id: UUID
    secret: UUID
    due: date
    owner: str
    active: bool = True
    failing: bool = False


@dataclass
class Oracle:
    """Interfaces.md, "Reminders", written down a second time, the slow way."""

    tokens: list[Known]
    bosses: list[str]
    done: dict[tuple[UUID, date], int] = field(default_factory=dict)

    def of(self, today: date, *, delivered: bool) -> Mails:
        mails: Mails = {}
        for token in self.tokens:
            left = (token.due - today).days
            reached = [each for each in (30, 14, 7, 1, 0, *range(-7, -400, -7)) if left <= each]
            if not token.active or not reached:
                continue
            tightest = reached[-1]
            if tightest >= self.done.get((token.id, token.due), 1000):
                continue
            readers = {token.owner} - {""}
            if left < 0 or token.failing or not readers:
                readers |= set(self.bosses)
            if readers and delivered:
                self.done[token.id, token.due] = tightest
                for reader in readers:
                    mails.setdefault(reader, set()).add(token.id)
        return mails


def start(chance: random.Random) -> Oracle:
    for boss in BOSSES:
        make_account(boss)
    known = []
    for _ in range(14):
        owner = chance.choice([*OWNERS, ""])
        token = token_due_in(chance.randint(-20, 80), owner_email=owner)
        known.append(Known(token.pk, token.secret_id, token.due_at.date(), owner))
    return Oracle(known, list(BOSSES))


def disturb(oracle: Oracle, chance: random.Random, now: datetime) -> None:
    """One thing happens to one token, here and there alike."""
    token = chance.choice(oracle.tokens)
    row = Token.objects.filter(pk=token.id)
    match chance.randint(0, 5):
        case 0:
            token.owner = chance.choice([*OWNERS, ""])
            owner = make_person_once(token.owner) if token.owner else None
            row.update(owner=owner)
        case 1 if chance.random() < 0.2:
            token.active = False
            row.update(state="revoked")
        case 2:
            token.failing = not token.failing
            facts = failing(now) if token.failing else {**accepted(now), "refused_since": None}
            Secret.objects.filter(pk=token.secret).update(**facts)
        case 3:
            token.due += timedelta(days=chance.randint(1, 40))
            due = datetime.combine(token.due, datetime.min.time(), tzinfo=now.tzinfo)
            row.update(due_at=due, remind_at=None)
        case 4 if chance.random() < 0.3:
            active = chance.random() < 0.7
            Account.objects.filter(email=BOSSES[1]).update(is_active=active)
            oracle.bosses = BOSSES if active else BOSSES[:1]


def make_person_once(email: str) -> object:
    from tokens.models import Person

    return Person.objects.filter(email=email).first() or make_person(email)


def mails_of(sink: Sink) -> Mails:
    found: Mails = {}
    for message in sink.arrived:
        body = message.get_body(("plain",))
        assert body is not None
        ids = re.findall(r"/tokens/([0-9a-f-]{36})/", body.get_content())
        assert str(message["To"]) not in found, "one mail per recipient and run"
        found[str(message["To"])] = {UUID(each) for each in ids}
        assert len(ids) == len(set(ids))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_every_day_s_mails_are_those_of_the_oracle(seed: int, sink: Sink) -> None:
    chance = random.Random(seed)
    oracle = start(chance)
    total = 0
    for day in range(DAYS):
        now = NOON + timedelta(days=day)
        for _ in range(chance.randint(0, 2)):
            disturb(oracle, chance, now)
        if chance.random() < 0.2:
            continue  # beat is dead today
        up = chance.random() > 0.2
        sink.data_answer = "" if up else "451 try later"
        sink.arrived.clear()
        for hour in (3, 12, 12, 20):
            at = now.replace(hour=hour)
            remind_if_open_hours(now=at)
            deliver_due(now=at, connection_factory=sink.factory)
        expected = oracle.of(now.date(), delivered=up)
        assert mails_of(sink) == expected, f"day {day}"
        total += sum(len(ids) for ids in expected.values())
    assert total > 50
    assert Notice.objects.filter(status="sent").count() == total
    assert not Mail.objects.filter(status="refused").exists()
    assert verify().ok
