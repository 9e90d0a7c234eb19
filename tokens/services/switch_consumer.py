"""The checklist after a rotation: this consumer uses the new token now, or not after all."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import NotFound, WrongState
from tokens.models import Consumer, ConsumerSwitch, Token
from tokens.policy.vocabulary import State


def switch_consumer(
    *, token: Token, consumer: Consumer, switched: bool = True, actor: Actor, now: datetime
) -> ConsumerSwitch | None:
    """Tick a consumer of a replaced token, or take the tick away; saying it twice is as once.

    Returns the tick that stands. Raises WrongState unless the token is replaced and not revoked,
    NotFound for a consumer that is retired or does not use this token.
    """
    with audited(actor=actor, now=now) as trail:
        rows = Token.objects.select_for_update(of=("self",))
        row = rows.select_related("company", "integration").get(pk=token.pk)
        if row.state != State.REPLACED.value:
            raise WrongState(f"It is {row.state}: only a replaced token has consumers to switch.")
        if not concerns(consumer, row):
            raise NotFound("There is no such consumer of this token.")
        known = ConsumerSwitch.objects.filter(token=row, consumer=consumer).first()
        if (known is not None) is switched:
            return known
        if known is not None:
            known.delete()
            known = None
        else:
            known = ConsumerSwitch.objects.create(
                token=row, consumer=consumer, at=now, by=actor.name
            )
        trail.add(
            Event.CONSUMER_SWITCHED,
            row,
            consumer=consumer.name,
            switched=switched,
            integration=row.integration.name,
            environment=row.environment,
        )
    return known


def concerns(consumer: Consumer, token: Token) -> bool:
    """Whether the checklist of `token` asks for this consumer."""
    return (
        consumer.retired_at is None
        and consumer.integration_id == token.integration_id
        and consumer.environment in ("", token.environment)
    )
