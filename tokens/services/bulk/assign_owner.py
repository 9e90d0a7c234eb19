"""Give many tokens an owner, whoever owned them before; an empty address makes them ownerless."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput
from tokens.models import Person, Token
from tokens.models.bulk import among
from tokens.policy.bulk import BulkAction, skipped
from tokens.policy.days import utc_day
from tokens.policy.people import gone_from, is_gone
from tokens.policy.register import clean_email
from tokens.services.bulk.facts import Result, facts_of, portions, read
from tokens.services.entries import cleaned
from tokens.services.people import person_for


def assign_owner(
    *, token_ids: Collection[UUID], owner_email: str, actor: Actor, now: datetime
) -> Result:
    """Make one person the owner of these tokens; one audit entry per token.

    Reminders follow the new owner, who inherits what is done already. Raises InvalidInput naming
    `owner_email` for what is no address, or somebody who has left.
    """
    email, result = check_owner(owner_email, now), Result()
    for portion in portions(token_ids):
        with audited(actor=actor, now=now) as trail:
            rows = list(read(portion).select_for_update(of=("self",)))
            result.miss(portion, rows)
            _give(rows, email, result, trail, now)
    return result


def check_owner(owner_email: str, now: datetime) -> str:
    """The address in its stored form. Raises InvalidInput naming `owner_email`."""
    email = cleaned(clean_email, owner_email, "owner_email")
    person = Person.objects.filter(email=email).first() if email else None
    if person and is_gone(gone_from(person.leaving_on, person.left_on), utc_day(now)):
        raise InvalidInput("has left", field="owner_email")
    return email


def _give(rows: list[Token], email: str, result: Result, trail: Trail, now: datetime) -> None:
    chosen = []
    for token in rows:
        if why := skipped(BulkAction.OWNER, facts_of(token), now, wanted=email):
            result.pass_over(token, why)
        else:
            chosen.append(token)
    if not chosen:
        return
    owner = person_for(email, field="owner_email", trail=trail, now=now)
    ids = [token.pk for token in chosen]
    Token.objects.filter(pk__in=among(ids)).update(owner=owner, remind_at=None)
    for token in chosen:
        old = token.owner.email if token.owner else ""
        trail.add(Event.TOKEN_OWNER_CHANGED, token, company=token.company, old=old, new=email)
    result.done += ids
