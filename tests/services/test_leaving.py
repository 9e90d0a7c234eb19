"""Somebody leaves: what is recorded, who is told, how their tokens change hands."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.factories import ACTOR, make_account, make_token
from tests.notifications.conftest import sink as sink_fixture
from tests.notifications.days import NOON
from tests.notifications.sink import Sink, running
from tokens.errors import InvalidInput, WrongState
from tokens.models import AuditEvent, Mail, Notice, Person, Token
from tokens.policy.days import utc_day
from tokens.policy.vocabulary import State
from tokens.services.deliver import deliver_due
from tokens.services.leaving import set_leaving
from tokens.services.reassign import reassign
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db

sink = sink_fixture
ANNA, BEN, BOSS = "anna@acme.example", "ben@acme.example", "boss@acme.example"
TODAY = utc_day(NOON)
LATER = TODAY + timedelta(days=18)


@pytest.fixture(autouse=True)
def _boss() -> None:
    make_account(BOSS)


def anna(*, owned: int = 1, created: int = 0) -> Person:
    for _ in range(owned):
        make_token(now=NOON, owner_email=ANNA)
    for _ in range(created):
        make_token(now=NOON, owner_email=BEN, created_by_email=ANNA)
    return Person.objects.get(email=ANNA)


def leave(person: Person, *, on: date | None = None, left: date | None = None) -> Person:
    return set_leaving(person=person, leaving_on=on, left_on=left, actor=ACTOR, now=NOON)


def test_it_is_audited_with_before_and_after() -> None:
    person = leave(anna(), on=LATER)
    leave(person, left=TODAY)
    entries = AuditEvent.objects.filter(kind="person.leaving_changed").order_by("pk")
    assert [json.loads(entry.data) for entry in entries] == [
        {"fields": ["leaving_on"], "old": [None], "new": [str(LATER)]},
        {"fields": ["leaving_on", "left_on"], "old": [str(LATER), None], "new": [None, str(TODAY)]},
    ]
    leave(person)
    person.refresh_from_db()
    assert (person.leaving_on, person.left_on) == (None, None)


@pytest.mark.parametrize(
    ("on", "left", "field"),
    [
        (TODAY - timedelta(days=1), None, "leaving_on"),
        (None, TODAY + timedelta(days=1), "left_on"),
        (LATER, TODAY, "left_on"),
    ],
)
def test_days_that_cannot_be(on: date | None, left: date | None, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        leave(anna(), on=on, left=left)
    assert refused.value.field == field
    assert not Mail.objects.exists()


@pytest.mark.enable_socket
def test_administrators_are_told_once_at_once() -> None:
    person = anna(owned=2, created=1)
    leave(person, on=LATER)
    leave(person)
    leave(person, on=LATER)
    with running() as sink:
        deliver_due(now=NOON.replace(hour=3), connection_factory=sink.factory)
        (message,) = sink.arrived
        assert message["To"] == BOSS
        assert message["Subject"].startswith(f"{ANNA} leaves on ")
        assert message["Subject"].endswith(": 3 tokens to hand over")
        text = body(message)
        assert text.count(f"{ANNA} owns it.") == 2
        assert text.count(f"{ANNA} created it.") == 1
        assert f"/people/{person.pk}/" in text
        told = AuditEvent.objects.get(kind="alert.sent")
        assert (told.subject_type, told.subject_name) == ("person", ANNA)
        leave(person, left=TODAY)
        deliver_due(now=NOON.replace(hour=3), connection_factory=sink.factory)
        assert [each["Subject"] for each in sink.arrived][1:] == [
            f"{ANNA} has left: 3 tokens to hand over"
        ]
        deliver_due(now=NOON, connection_factory=sink.factory)
        assert len(sink.arrived) == 2


def body(message: object) -> str:
    part = message.get_body(("plain",))  # type: ignore[attr-defined]
    text: str = part.get_content()
    return text


@pytest.mark.enable_socket
@pytest.mark.parametrize("undone", ["stays", "reassigned"])
def test_what_is_no_longer_true_is_not_sent(undone: str, sink: Sink) -> None:
    person = anna()
    leave(person, on=LATER)
    if undone == "stays":
        leave(person)
    else:
        give(person, list(Token.objects.values_list("pk", flat=True)))
    deliver_due(now=NOON, connection_factory=sink.factory)
    assert sink.arrived == []
    assert Notice.objects.get().status == "cancelled"


def test_who_leaves_nothing_behind_is_no_news() -> None:
    person = anna()
    Token.objects.update(state=State.REVOKED.value)
    leave(person, left=TODAY)
    assert not Mail.objects.exists()


def test_reminders_of_a_leaver_reach_administrators_once_they_left() -> None:
    due = NOON - timedelta(days=90 - 14)
    token = make_token(now=NOON, owner_email=ANNA, issued_at=due)
    person = Person.objects.get(email=ANNA)
    leave(person, on=LATER)
    plan_reminders(now=NOON)
    reminded = Notice.objects.filter(kind="reminder", token=token)
    assert set(reminded.values_list("recipient", flat=True)) == {ANNA}
    leave(person, left=TODAY)
    plan_reminders(now=NOON)
    assert set(reminded.values_list("recipient", flat=True)) == {ANNA, BOSS}


def give(person: Person, ids: list[UUID], to: str = BEN) -> int:
    return reassign(person=person, token_ids=ids, new_owner_email=to, actor=ACTOR, now=NOON)


def test_reassigning_is_one_entry_per_token() -> None:
    person = anna(owned=3)
    chosen = list(Token.objects.order_by("pk").values_list("pk", flat=True))[:2]
    Token.objects.update(remind_at=NOON)
    assert give(person, chosen) == 2
    assert set(Token.objects.filter(owner__email=BEN).values_list("pk", flat=True)) == set(chosen)
    assert not Token.objects.filter(pk__in=chosen, remind_at__isnull=False).exists()
    entries = AuditEvent.objects.filter(kind="token.owner_changed")
    assert {entry.subject_id for entry in entries} == {str(pk) for pk in chosen}
    assert json.loads(entries[0].data) == {"old": ANNA, "new": BEN}


@pytest.mark.parametrize("to", ["", ANNA, "not an address", "gone@acme.example"])
def test_a_new_owner_has_to_be_somebody_else_who_is_there(to: str) -> None:
    Person.objects.create(email="gone@acme.example", left_on=TODAY, created_at=NOON)
    person = anna()
    with pytest.raises(InvalidInput) as refused:
        give(person, list(Token.objects.values_list("pk", flat=True)), to)
    assert refused.value.field == "new_owner_email"


def test_all_or_none() -> None:
    person = anna(owned=2)
    other = make_token(now=NOON, owner_email=BEN)
    with pytest.raises(WrongState):
        give(person, list(Token.objects.values_list("pk", flat=True)))
    assert Token.objects.filter(owner=person).count() == 2
    assert other.owner is not None
    with pytest.raises(InvalidInput):
        give(person, [])
