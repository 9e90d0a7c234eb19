"""Giving many tokens of one owner to another at once."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import Person, Token
from tokens.policy.days import utc_day
from tokens.policy.people import gone_from, is_gone
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks
from tokens.services.people import person_for


def reassign(
    *,
    person: Person,
    token_ids: Collection[UUID],
    new_owner_email: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Make somebody else the owner of these tokens, all or none; returns how many.

    One audit entry per token. Reminders follow the new owner, who inherits what is done already.
    Raises InvalidInput naming `tokens` or `new_owner_email`, and WrongState where one of the tokens
    is no longer owned by `person`, or revoked.
    """
    ids = set(token_ids)
    if not ids:
        raise InvalidInput("choose at least one", field="tokens")
    with audited(actor=actor, now=now) as trail:
        owner = _new_owner(person, new_owner_email, trail, now)
        for portion in chunks(sorted(ids)):
            _give(portion, person, owner, trail)
    return len(ids)


def _new_owner(person: Person, email: str, trail: Trail, now: datetime) -> Person:
    owner = person_for(email, field="new_owner_email", trail=trail, now=now)
    if owner is None:
        raise InvalidInput("is needed", field="new_owner_email")
    if owner.pk == person.pk:
        raise InvalidInput("is the owner already", field="new_owner_email")
    if is_gone(gone_from(owner.leaving_on, owner.left_on), utc_day(now)):
        raise InvalidInput("has left", field="new_owner_email")
    return owner


def _give(portion: Collection[UUID], person: Person, owner: Person, trail: Trail) -> None:
    mine = Token.objects.filter(pk__in=portion, owner=person).exclude(state=State.REVOKED.value)
    rows = list(
        mine.select_related("company", "integration").select_for_update(of=("self",)).order_by("pk")
    )
    if len(rows) != len(portion):
        raise WrongState("Some of these tokens have another owner by now, or are revoked.")
    Token.objects.filter(pk__in=portion).update(owner=owner, remind_at=None)
    for row in rows:
        trail.add(
            Event.TOKEN_OWNER_CHANGED,
            row,
            company=row.company,
            old=person.email,
            new=owner.email,
        )
