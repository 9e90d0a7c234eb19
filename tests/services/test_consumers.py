"""Consumers of an integration, and their ticks after a rotation."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.factories import ACTOR, NOW, make_integration, make_token
from tokens.errors import AlreadyKnown, DomainError, InvalidInput, NotFound, WrongState
from tokens.models import AuditEvent, Consumer, ConsumerSwitch, Integration, Token
from tokens.services.consumers import MOST, add_consumer, edit_consumer, retire_consumer
from tokens.services.switch_consumer import switch_consumer

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def add(
    integration: Integration, name: str = "Nightly export on srv-12", **fields: str
) -> Consumer:
    return add_consumer(integration=integration, name=name, actor=ACTOR, now=NOW, **fields)


def replaced(**fields: Any) -> Token:
    return make_token(row={"state": "replaced", "replaced_at": NOW}, **fields)


def events() -> list[str]:
    kinds = AuditEvent.objects.filter(kind__startswith="consumer.").order_by("id")
    return list(kinds.values_list("kind", flat=True))


def test_recorded_changed_and_retired_with_an_entry_each() -> None:
    one = make_integration("Night export")
    consumer = add(one, "  Nightly export on srv-12 ", where="cron of srv-12")
    assert (consumer.name, consumer.where, consumer.environment) == (
        "Nightly export on srv-12", "cron of srv-12", "",
    )  # fmt: skip
    assert consumer.created_by == ACTOR.name
    edit_consumer(consumer=consumer, name="Export", environment="production", actor=ACTOR, now=NOW)
    edit_consumer(consumer=consumer, name="Export", actor=ACTOR, now=NOW)  # nothing changes
    consumer.refresh_from_db()
    assert (consumer.name, consumer.environment) == ("Export", "production")
    retire_consumer(consumer=consumer, actor=ACTOR, now=LATER)
    consumer.refresh_from_db()
    assert consumer.retired_at == LATER
    assert events() == ["consumer.added", "consumer.edited", "consumer.retired"]
    assert AuditEvent.objects.filter(subject_name="Export of Night export").exists()
    assert add(one, "Export").pk != consumer.pk  # the name is free again
    for act in (retire_consumer, edit_consumer):
        with pytest.raises(NotFound):
            act(consumer=consumer, actor=ACTOR, now=LATER)


@pytest.mark.parametrize(
    ("fields", "field", "error"),
    [
        ({"name": " "}, "name", InvalidInput),
        ({"name": "x" * 201}, "name", InvalidInput),
        ({"name": "sk_" + "live_" + "a" * 20}, "name", InvalidInput),
        ({"name": "Export"}, "name", AlreadyKnown),
        ({"where": "y" * 501}, "where", InvalidInput),
        ({"where": "sk_" + "live_" + "a" * 20}, "where", InvalidInput),
        ({"environment": "staging"}, "environment", InvalidInput),
    ],
)
def test_bad_input_is_named_and_not_repeated(
    fields: dict[str, str], field: str, error: type[DomainError]
) -> None:
    one = make_integration()
    add(one, "Export")
    other = add(one, "Other")
    with pytest.raises(error) as caught:
        add(one, **{"name": "New", **fields})
    assert caught.value.field == field
    with pytest.raises(error) as caught:
        edit_consumer(consumer=other, actor=ACTOR, now=NOW, **fields)
    assert caught.value.field == field
    assert all(value.strip() not in caught.value.message or not value.strip() or len(value) < 9
               for value in fields.values())  # fmt: skip
    assert Consumer.objects.count() == 2


def test_a_checklist_has_an_end() -> None:
    one = make_integration()
    Consumer.objects.bulk_create(
        Consumer(integration=one, name=f"c{n}", created_at=NOW, created_by="x") for n in range(MOST)
    )
    with pytest.raises(InvalidInput):
        add(one)


def test_ticked_and_unticked_with_an_entry_each_and_saying_it_twice_is_as_once() -> None:
    token = replaced()
    consumer = add(token.integration)
    tick = switch_consumer(token=token, consumer=consumer, actor=ACTOR, now=NOW)
    assert tick == switch_consumer(token=token, consumer=consumer, actor=ACTOR, now=LATER)
    assert tick is not None
    assert (tick.at, tick.by) == (NOW, ACTOR.name)
    for _ in range(2):
        gone = switch_consumer(
            token=token, consumer=consumer, switched=False, actor=ACTOR, now=LATER
        )
        assert gone is None
    assert not ConsumerSwitch.objects.exists()
    assert events() == ["consumer.added", "consumer.switched", "consumer.switched"]


@pytest.mark.parametrize("state", ["active", "revoked"])
@pytest.mark.parametrize("switched", [True, False])
def test_only_while_it_is_replaced(state: str, switched: bool) -> None:
    token = make_token(row={"state": state})
    consumer = add(token.integration)
    with pytest.raises(WrongState):
        switch_consumer(token=token, consumer=consumer, switched=switched, actor=ACTOR, now=NOW)


def test_only_consumers_that_concern_it() -> None:
    token = replaced(environment="production")
    strange = [
        add(make_integration()),
        add(token.integration, "Laptop", environment="development"),
        retire_consumer(consumer=add(token.integration, "Gone"), actor=ACTOR, now=NOW),
    ]
    for consumer in strange:
        with pytest.raises(NotFound):
            switch_consumer(token=token, consumer=consumer, actor=ACTOR, now=NOW)
    switch_consumer(
        token=token,
        consumer=add(token.integration, environment="production"),
        actor=ACTOR,
        now=NOW,
    )


def test_the_database_holds_it_too() -> None:
    token = replaced()
    consumer = add(token.integration)
    switch_consumer(token=token, consumer=consumer, actor=ACTOR, now=NOW)
    twins: tuple[Any, ...] = (
        lambda: ConsumerSwitch.objects.create(token=token, consumer=consumer, at=NOW, by="x"),
        lambda: Consumer.objects.create(
            integration=token.integration, name=consumer.name, created_at=NOW, created_by="x"
        ),
        lambda: Consumer.objects.filter(pk=consumer.pk).update(environment="moon"),
    )
    for twin in twins:
        with pytest.raises(IntegrityError), transaction.atomic():
            twin()
