"""The same for a command: ask about a value at once, in the foreground, and keep it nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from tokens.audit import Actor, audited
from tokens.errors import InvalidInput
from tokens.keys import fingerprint_key
from tokens.models import Start, Token
from tokens.policy.offers import TICKED, Offer
from tokens.policy.register import check_value, hint
from tokens.policy.vocabulary import Outcome
from tokens.services.entries import Entry, cleaned
from tokens.services.intake.ask import ask, job_for, note_answer, take_answer
from tokens.services.intake.companies import offers_of, placed_in, take_companies
from tokens.services.intake.sealed import seal_into
from tokens.services.intake.store import take_over_calls
from tokens.services.known_values import KnownValues
from tokens.services.probing.configured import probe_settings
from tokens.services.register import register_token
from tokens.vault.fingerprints import fingerprint


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What Coolset said of a value. `complete`: the companies are all that its user belongs to."""

    outcome: Outcome
    offers: tuple[Offer, ...]
    complete: bool
    seen_workspace_id: int | None
    account_email: str
    value: str = field(repr=False)
    own_calls: list[float] = field(repr=False)


def look_up(*, value: str, actor: Actor, clock: Callable[[], datetime]) -> LookedUp:
    """Ask Coolset, which the audit trail notes.

    Raises InvalidInput or AlreadyKnown before anything is sent.
    """
    value = value.strip()
    cleaned(check_value, value)
    mark = fingerprint(fingerprint_key(), value)
    with transaction.atomic():
        known = KnownValues(clock(), allow_shared=False)
        known.expect([mark])
        known.claim(mark, None)
    start = Start(hint=hint(value))  # in memory alone: it carries the value, sealed, to the prober
    seal_into(start, value.encode("ascii"))
    (result,) = ask([job_for(start)], probe_settings(clock))
    take_answer(start, result)
    with audited(actor=actor, now=clock()) as trail:
        note_answer(start, trail)
    return LookedUp(
        outcome=result.answer.outcome,
        offers=offers_of(start),
        complete=start.complete,
        seen_workspace_id=start.seen_workspace_id,
        account_email=start.account_email,
        value=value,
        own_calls=start.own_calls,
    )


def take_over(
    *,
    found: LookedUp,
    companies: Collection[int] | None,
    entry: Entry | None,
    actor: Actor,
    now: datetime,
) -> Token | None:
    """Create or connect these workspaces' companies (None: all that can be), and store the value as
    `entry` says (`workspace_id` says where).

    Raises InvalidInput (`companies`, `workspace_id`, a column of the entry), AlreadyKnown.
    """
    can = {offer.number: offer for offer in found.offers if offer.kind in TICKED}
    wanted = set(can) if companies is None else set(companies)
    if wanted - set(can):
        raise InvalidInput("names what is not there to be taken over", field="companies")
    with audited(actor=actor, now=now) as trail:
        take_companies([can[number] for number in sorted(wanted)], trail, now)
        if entry is None:
            return None
        placed = replace(placed_in(entry, found.offers, wanted), value=found.value)
        token = register_token(entry=placed, allow_shared=False, actor=actor, now=now)
        take_over_calls(token, found.own_calls, now)
    return token
