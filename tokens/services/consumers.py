"""What uses an integration's tokens: recorded by name, changed, retired; never guessed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.errors import AlreadyKnown, InvalidInput, NotFound
from tokens.models import Consumer, Integration
from tokens.models.consumers import WHERE_LENGTH
from tokens.policy.fields import clean_name, clean_text, parse_word
from tokens.policy.vocabulary import Environment
from tokens.services.changes import UNSET, Changes, Unset
from tokens.services.entries import cleaned

#: More than this is no checklist that anybody ticks.
MOST = 100


def add_consumer(
    *,
    integration: Integration,
    name: str,
    where: str = "",
    environment: str = "",
    actor: Actor,
    now: datetime,
) -> Consumer:
    """Record something that uses this integration's tokens, of one environment or ("") of both.

    Raises InvalidInput or AlreadyKnown, with the argument's name as the field.
    """
    name, where = cleaned(clean_name, name), _where(where)
    environment = _environment(environment)
    with audited(actor=actor, now=now) as trail:
        owner = Integration.objects.select_for_update().filter(pk=integration.pk).first()
        if owner is None:
            raise NotFound("There is no such integration.")
        in_use = Consumer.objects.filter(integration=owner, retired_at__isnull=True)
        if in_use.count() >= MOST:
            raise InvalidInput(f"are {MOST} already; retire some first", field="consumers")
        _check_free(owner.pk, name)
        consumer = Consumer.objects.create(
            integration=owner,
            name=name,
            where=where,
            environment=environment,
            created_at=now,
            created_by=actor.name,
        )
        trail.add(
            Event.CONSUMER_ADDED,
            consumer,
            integration=owner.name,
            environment=environment,
            where=where,
        )
    return consumer


def edit_consumer(
    *,
    consumer: Consumer,
    name: str | Unset = UNSET,
    where: str | Unset = UNSET,
    environment: str | Unset = UNSET,
    actor: Actor,
    now: datetime,
) -> Consumer:
    """Change what is given; its ticks stay. Raises as `add_consumer`, NotFound once retired."""
    with audited(actor=actor, now=now) as trail:
        row = _locked(consumer)
        changes = Changes(row)
        if not isinstance(name, Unset):
            name = cleaned(clean_name, name)
            _check_free(row.integration_id, name, but=row.pk)
            changes.set("name", name)
        if not isinstance(where, Unset):
            changes.set("where", _where(where))
        if not isinstance(environment, Unset):
            changes.set("environment", _environment(environment))
        changes.save(trail, Event.CONSUMER_EDITED)
    return row


def retire_consumer(*, consumer: Consumer, actor: Actor, now: datetime) -> Consumer:
    """It uses no token any more, so no checklist asks for it; what it ticked stays on record."""
    with audited(actor=actor, now=now) as trail:
        row = _locked(consumer)
        row.retired_at = now
        row.save(update_fields=["retired_at"])
        trail.add(Event.CONSUMER_RETIRED, row, integration=row.integration.name)
    return row


def _locked(consumer: Consumer) -> Consumer:
    rows = Consumer.objects.select_for_update(of=("self",)).select_related("integration")
    row = rows.filter(pk=consumer.pk, retired_at__isnull=True).first()
    if row is None:
        raise NotFound("There is no such consumer, or it was retired.")
    return row


def _check_free(integration_id: UUID, name: str, *, but: UUID | None = None) -> None:
    same = Consumer.objects.filter(
        integration_id=integration_id, name=name, retired_at__isnull=True
    )
    if (same if but is None else same.exclude(pk=but)).exists():
        raise AlreadyKnown("is recorded already", field="name")


def _where(text: str) -> str:
    return cleaned(clean_text, text, "where", WHERE_LENGTH)


def _environment(word: str) -> str:
    if not word.strip():
        return ""
    environment: Environment = cleaned(parse_word, word, Environment, "environment")
    return environment.value
