"""Companies as the list and a company's own page show them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from tokens.models import AuditEvent, Company, Reconciliation, Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Flag, State
from tokens.selectors.facts import Row, rows
from tokens.selectors.within import companies_within, tokens_within

#: A company's page names at most so many tokens; the inventory has them all.
SHOWN = 200
_RECONCILED = "company.reconciled"


@dataclass(frozen=True, slots=True)
class Tally:
    """`tokens` leaves revoked ones out; `failing` counts what Coolset refuses."""

    tokens: int = 0
    overdue: int = 0
    failing: int = 0


NO_TOKENS = Tally()


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of what Coolset's list should hold: a secret of this company.

    `places` are all rows of the inventory that hold it; `token` is the first of them.
    """

    token: UUID
    hint: str
    places: tuple[str, ...]
    state: str
    owner: str


def companies(q: str = "", reach: Reach = EVERYTHING) -> QuerySet[Company]:
    """Companies with `reconciled_by`, filtered by a part of the name or the workspace id."""
    latest = Reconciliation.objects.filter(company=OuterRef("pk")).order_by("-at").values("by")
    found = companies_within(reach).annotate(reconciled_by=Subquery(latest[:1]))
    if q:
        asked = Q(name__icontains=q)
        if q.isascii() and q.isdigit() and len(q) < 19:
            asked |= Q(workspace_id=int(q))
        found = found.filter(asked)
    return found


def tallies(
    column: str, ids: Iterable[UUID], rules: InForce, now: datetime, reach: Reach = EVERYTHING
) -> dict[UUID, Tally]:
    """Counts of the tokens of each company or integration (`column`), in one query."""
    refused = flagged(Flag.FAILING, rules=rules, now=now) | flagged(
        Flag.UNRECORDED_REVOCATION, rules=rules, now=now
    )
    counted = (
        tokens_within(reach)
        .exclude(state=State.REVOKED.value)
        .filter(**{f"{column}__in": list(ids)})
        .order_by()
        .values(column)
        .annotate(
            tokens=Count("pk"),
            overdue=Count("pk", filter=flagged(Flag.OVERDUE, rules=rules, now=now)),
            failing=Count("pk", filter=refused),
        )
        .values_list(column, "tokens", "overdue", "failing")
    )
    return {key: Tally(*numbers) for key, *numbers in counted}


def tokens_of(condition: Q, rules: InForce, now: datetime) -> list[Row]:
    """At most SHOWN tokens that are not revoked, by due day; one more says that there are more."""
    found = Token.objects.filter(condition).exclude(state=State.REVOKED.value)
    return list(rows(found.order_by("due_at", "pk")[: SHOWN + 1], rules, now))


def to_compare(company: Company) -> list[Listed]:
    """What Coolset should still list for a company, one entry per secret, in one query."""
    found = (
        company.tokens.exclude(state=State.REVOKED.value)
        .order_by("integration__name", "environment", "label", "pk")
        .values_list(
            "secret_id", "pk", "hint", "integration__name", "environment", "scope", "label",
            "state", "owner__email",
        )
    )  # fmt: skip
    entries: dict[UUID, Listed] = {}
    for secret, token, hint, integration, environment, scope, label, state, owner in found:
        place = " · ".join(part for part in (integration, environment, scope, label) if part)
        known = entries.get(secret)
        entries[secret] = (
            Listed(token, hint, (place,), state, owner or "")
            if known is None
            else Listed(known.token, known.hint, (*known.places, place), known.state, known.owner)
        )
    return list(entries.values())


def not_in_coolsets_list(company: Company) -> list[Token]:
    """Tokens that the last comparison did not find, and that are not recorded as revoked since.

    The audit trail remembers which they were; two queries.
    """
    entry = AuditEvent.objects.filter(kind=_RECONCILED, company_id=str(company.pk)).first()
    if entry is None:
        return []
    ids = [found for text in json.loads(entry.data).get("tokens", []) if (found := _uuid(text))]
    missing = company.tokens.exclude(state=State.REVOKED.value).filter(pk__in=ids)
    return list(missing.select_related("integration", "company", "owner").order_by("due_at", "pk"))


def _uuid(text: object) -> UUID | None:
    # A long list ends with words ("… and 12 more"), which are no id.
    try:
        return UUID(str(text))
    except ValueError:
        return None
