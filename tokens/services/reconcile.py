"""Comparing Coolset's own list of tokens with ours, by a person who has it before their eyes.

Nothing but a person can: Coolset has no endpoint that lists tokens (shared/coolset-api.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, NotFound
from tokens.models import Company, Reconciliation, Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import State
from tokens.services.entries import Entry
from tokens.services.registering import Registrar


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHeld:
    """A token that Coolset lists and nobody here holds the value of."""

    integration_name: str
    environment: str
    scope: str
    owner_email: str = ""
    created_by_email: str = ""
    issued_at: datetime | None = None
    label: str = ""


def reconcile(
    *,
    company: Company,
    listed: int,
    known_ids: Sequence[UUID],
    additions: Sequence[NotHeld],
    actor: Actor,
    now: datetime,
    reach: Reach = EVERYTHING,
) -> Reconciliation:
    """Record what Coolset lists for a company: how many, which of ours, and which we lacked.

    `known_ids` are the ticked tokens of this company; several rows of one secret are one entry of
    Coolset's list. Those not ticked, though never recorded as revoked, are counted as not listed.
    Raises InvalidInput: `listed` if the numbers do not add up, `known_ids` for another company's
    token, or a column of an addition. `reach`: where whoever compares may do that, see Registrar.
    """
    with audited(actor=actor, now=now) as trail:
        row = Company.objects.select_for_update().filter(pk=company.pk).first()
        if row is None:
            raise NotFound("There is no such company.")
        known = _ticked(row, known_ids)
        _check_sum(listed, len(known), len(additions))
        missing = _in_force(row) - known
        _add(row, additions, Registrar(trail=trail, now=now, reach=reach))
        done = Reconciliation.objects.create(
            company=row,
            at=now,
            by=actor.name,
            listed=listed,
            known=len(known),
            added=len(additions),
            not_listed=len(missing),
        )
        row.reconciled_at = now
        row.save(update_fields=["reconciled_at"])
        _record(trail, row, done, missing)
    return done


def _record(trail: Trail, company: Company, done: Reconciliation, missing: set[UUID]) -> None:
    absent = company.tokens.filter(secret_id__in=missing).order_by("pk")
    trail.add(
        Event.COMPANY_RECONCILED,
        company,
        count=done.listed,
        known=done.known,
        added=done.added,
        not_listed=done.not_listed,
        tokens=list(absent.values_list("pk", flat=True)),
    )


def _ticked(company: Company, token_ids: Sequence[UUID]) -> set[UUID]:
    """The secrets of the ticked tokens."""
    asked = set(token_ids)
    rows = Token.objects.filter(company=company, pk__in=asked).values_list("pk", "secret_id")
    found = dict(rows)
    if asked - found.keys():
        raise InvalidInput("names a token that is not of this company", field="known_ids")
    return set(found.values())


def _in_force(company: Company) -> set[UUID]:
    """The secrets that Coolset should still list, as far as we know."""
    rows = company.tokens.exclude(state=State.REVOKED.value)
    return set(rows.values_list("secret_id", flat=True))


def _check_sum(listed: int, known: int, added: int) -> None:
    if listed < 0:
        raise InvalidInput("cannot be below 0", field="listed")
    if listed != known + added:
        raise InvalidInput(
            f"does not add up: {known} ticked and {added} added make {known + added}, not {listed}",
            field="listed",
        )


def _add(company: Company, additions: Sequence[NotHeld], registrar: Registrar) -> None:
    for addition in additions:
        registrar.add(
            Entry(
                company_name=company.name,
                workspace_id=company.workspace_id,
                integration_name=addition.integration_name,
                environment=addition.environment,
                scope=addition.scope,
                owner_email=addition.owner_email,
                created_by_email=addition.created_by_email,
                issued_at=addition.issued_at,
                label=addition.label,
            )
        )
    registrar.finish()
