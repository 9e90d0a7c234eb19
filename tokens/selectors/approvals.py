"""Requests of the two-person rule as pages and API show them: what waits, for whom, what was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tokens.models import Approval, Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.two_people import COLLECTED, Kind, Outcome
from tokens.selectors.within import inside

#: So many of what is past are shown; the audit trail has them all.
PAST_SHOWN = 50
RELATED = ("token__company", "token__integration", "integration", "company", "asked_with")
_KEYS = [kind.value for kind in COLLECTED]


@dataclass(frozen=True, slots=True)
class Sections:
    """The page of all requests. `waiting` is for somebody else than `yours`, the reader's own;
    `ready`: keys of the reader that were approved and wait to be collected."""

    waiting: tuple[Approval, ...]
    yours: tuple[Approval, ...]
    ready: tuple[Approval, ...]
    past: tuple[Approval, ...]
    more_past: bool

    @property
    def any(self) -> bool:
        return any((self.waiting, self.yours, self.ready, self.past))


def waiting_approvals(
    now: datetime, reader: str = "", reach: Reach = EVERYTHING
) -> QuerySet[Approval]:
    """Those within reach that wait for a decision, but not of whoever asked for them."""
    waiting = Approval.objects.filter(_waits(now), inside(reach, "company"))
    return waiting.exclude(asked_by=reader.lower()) if reader else waiting


def find(approval_id: UUID) -> Approval | None:
    """One request with what it is about."""
    return Approval.objects.select_related(*RELATED).filter(pk=approval_id).first()


def seen_within(reach: Reach) -> QuerySet[Approval]:
    """All within reach; what touches several companies, and keys, are the organisation's."""
    return Approval.objects.select_related(*RELATED).filter(inside(reach, "company"))


def waiting_for_token(token: Token, now: datetime) -> Approval | None:
    """The request that waits for this token or another row of its value; one query."""
    return for_token(token, now).select_related("asked_with").first()


def for_token(token: Token, now: datetime) -> QuerySet[Approval]:
    """The same to be asked together with other things."""
    return waiting_approvals(now).filter(token__secret=token.secret_id)


def open_keys(kind: Kind, now: datetime) -> QuerySet[Approval]:
    """Keys that wait for a decision or for their collection, the oldest first."""
    rows = Approval.objects.filter(_waits(now) | _ready(now), kind=kind.value)
    return rows.select_related("asked_with").order_by("asked_at", "pk")


def selected(
    now: datetime, *, outcome: Outcome | None, kind: Kind | None, reach: Reach
) -> QuerySet[Approval]:
    """Those that stand so now, of this kind; the latest first."""
    found = seen_within(reach).order_by("-pk")
    if kind is not None:
        found = found.filter(kind=kind.value)
    return found if outcome is None else found.filter(_stand(outcome, now))


def sections(reader: str, now: datetime, reach: Reach = EVERYTHING) -> Sections:
    """Everything that is open, and the latest of what is past; three queries."""
    rows, reader = seen_within(reach), reader.lower()
    waiting = tuple(rows.filter(_waits(now)).order_by("asked_at", "pk"))
    ready = tuple(rows.filter(_ready(now), asked_by=reader).order_by("decided_at", "pk"))
    open_now = _waits(now) | (_ready(now) & Q(asked_by=reader))
    past = rows.exclude(pk__in=Approval.objects.filter(open_now).values("pk"))
    latest = tuple(past.order_by("-asked_at", "-pk")[: PAST_SHOWN + 1])
    return Sections(
        waiting=tuple(each for each in waiting if each.asked_by != reader),
        yours=tuple(each for each in waiting if each.asked_by == reader),
        ready=ready,
        past=latest[:PAST_SHOWN],
        more_past=len(latest) > PAST_SHOWN,
    )


def _waits(now: datetime) -> Q:
    return Q(outcome=Outcome.ASKED.value, expires_at__gt=now)


def _ready(now: datetime) -> Q:
    return Q(outcome=Outcome.APPROVED.value, kind__in=_KEYS, expires_at__gt=now)


def _stand(outcome: Outcome, now: datetime) -> Q:
    """`policy.two_people.standing` as a condition."""
    over = Q(expires_at__lte=now)
    asked = Q(outcome=Outcome.ASKED.value)
    late_key = Q(outcome=Outcome.APPROVED.value, kind__in=_KEYS) & over
    if outcome is Outcome.ASKED:
        return asked & ~over
    if outcome is Outcome.APPROVED:
        return Q(outcome=Outcome.APPROVED.value) & ~late_key
    if outcome is Outcome.LAPSED:
        return Q(outcome=Outcome.LAPSED.value) | (asked & over) | late_key
    return Q(outcome=outcome.value)
