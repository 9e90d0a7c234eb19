"""What was done in a span of days: exceptions, rotations, revocations with their proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from tokens.models import PolicyException, Revocation, Rotation, RotationStatus, Token
from tokens.policy.exceptions import Decision
from tokens.selectors.report_shape import (
    ExceptionFact,
    Listing,
    RevocationFact,
    RotationFact,
)
from tokens.selectors.span import Span

#: Rows of one list in a report; the rest is a number, and the exports have it.
ROWS = 200
_PLACE = ("token__company", "token__integration")
Fact = TypeVar("Fact")


def first(found: QuerySet[Any], make: Callable[[Any], Fact], rows: int = ROWS) -> Listing[Fact]:
    """The first rows of a list and how many more there are; a second query only where there are."""
    kept = list(found[: rows + 1])
    more = found.order_by().count() - rows if len(kept) > rows else 0
    return Listing(tuple(make(each) for each in kept[:rows]), more)


def token_name(token: Token) -> str:
    """As the audit trail calls it: where it belongs, its label, its scope, its hint."""
    return token.audit_name


def exceptions(span: Span) -> Listing[ExceptionFact]:
    """Exceptions that were asked for before the span ended and not over before it began, by their
    last day or by a word against them."""
    turned_down = Q(decision__in=[Decision.REFUSED.value, Decision.WITHDRAWN.value])
    found = PolicyException.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gte=span.begin),
        ~turned_down | Q(decided_at__gte=span.begin),
        asked_at__lt=span.end,
        ends_on__gte=span.since,
    )
    return first(found.select_related(*_PLACE).order_by("asked_at", "pk"), _exception)


def _exception(row: PolicyException) -> ExceptionFact:
    return ExceptionFact(
        token=token_name(row.token),
        flags=tuple(row.flags),
        reason=row.reason,
        asked_by=row.asked_by,
        decision=row.decision,
        decided_by=row.decided_by,
        ends_on=row.ends_on,
        closed_at=row.closed_at,
    )


def rotations(span: Span) -> Listing[RotationFact]:
    """Rotations that were finished in the span."""
    found = Rotation.objects.filter(
        status=RotationStatus.DONE.value, finished_at__gte=span.begin, finished_at__lt=span.end
    )
    related = (*_PLACE, "token__replacement")
    return first(found.select_related(*related).order_by("finished_at", "pk"), _rotation)


def _rotation(row: Rotation) -> RotationFact:
    return RotationFact(
        token=str(row.token),
        old_hint=row.token.hint,
        new_hint=_hint(row.token, "replacement"),
        started_by=row.started_by,
        finished_at=row.finished_at or row.started_at,
    )


def _hint(token: Token, name: str) -> str:
    other: Model | None = getattr(token, name, None)
    return other.hint if isinstance(other, Token) else ""


def revocations(span: Span) -> Listing[RevocationFact]:
    """Revocations that were recorded, confirmed or contradicted in the span."""
    happened = [
        Q(**{f"{name}__gte": span.begin, f"{name}__lt": span.end})
        for name in ("recorded_at", "confirmed_at", "contradicted_at")
    ]
    found = Revocation.objects.filter(_any(happened)).select_related(*_PLACE, "secret")
    return first(found.order_by("recorded_at", "pk"), _revocation)


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for each in conditions:
        found |= each
    return found


def _revocation(row: Revocation) -> RevocationFact:
    return RevocationFact(
        token=token_name(row.token),
        reason=row.reason,
        by=row.by,
        recorded_at=row.recorded_at,
        proof=row.proof,
        proof_reason=row.proof_reason,
        last_accepted_at=row.last_accepted_at,
        first_refused_at=row.first_refused_at,
        confirmed_at=row.confirmed_at,
        contradicted_at=row.contradicted_at,
        witnesses=row.witness_count,
        destroyed_at=row.secret.destroyed_at,
    )
