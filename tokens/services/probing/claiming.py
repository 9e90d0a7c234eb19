"""The first step: take secrets for one probe, so that no two processes ask about the same one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, QuerySet, When
from django.db.models.expressions import Combinable

from tokens.models import Secret, Token
from tokens.models.base import new_id
from tokens.models.bulk import among, update_each
from tokens.policy import rate
from tokens.policy.vocabulary import State

#: The longest that a claim holds: a dead worker's secrets wait no longer (shared/bar.md: 5 min).
CLAIM = timedelta(minutes=4)
BATCH = 500
#: The next claim is made while this many probes per place in flight are still to come, so that
#: the network never waits for the database, which may take half a second for a batch.
AHEAD = 8
#: For claiming and recording, beside the probes themselves.
SLACK_SECONDS = 20
#: A dead worker may have asked this much: the probe and the first pages of the workspaces.
CALLS_OF_A_DEAD_CLAIM = 3
ASK_WORKSPACES_EVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Job:
    """One value to be probed: where its ciphertext is bound to, and what else to ask with it."""

    claim: uuid.UUID
    subject_id: uuid.UUID
    token_id: uuid.UUID
    company_id: uuid.UUID
    integration_id: uuid.UUID
    environment: str
    key_id: str
    sealed: bytes = field(repr=False)
    ask_workspaces: bool = False
    #: List them even where user-config says which one the token belongs to.
    list_workspaces: bool = False
    #: When another token took the place of a row with this value that is not revoked; the latest.
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast this process asks, and so how much it may claim at once, and for how long."""

    concurrency: int
    timeout_seconds: float
    #: Of all processes together (services/probing/budget.py); 0: as many as they can.
    per_second: float = 0.0

    @property
    def batch(self) -> int:
        """As many as are surely done in half of the longest claim, and at most 500."""
        return max(1, min(BATCH, self.concurrency * self._rounds, self._turns))

    @property
    def ahead(self) -> int:
        """How many may still be to come when more are claimed: done in the other half, surely."""
        return min(self.concurrency * max(1, min(AHEAD, self._rounds)), self._turns)

    @property
    def _turns(self) -> int:
        """How many the shared budget surely leaves to us in half a claim, of two requests each."""
        if not self.per_second:
            return BATCH * self.concurrency
        return rate.asked_in(CLAIM.total_seconds() / 4, per_second=self.per_second)

    @property
    def _rounds(self) -> int:
        """How often every place in flight can surely be filled and done in half a claim."""
        return int(CLAIM.total_seconds() / 2 / max(self.timeout_seconds, 0.1))

    def lease(self, count: int) -> timedelta:
        """How long `count` secrets may take, what is still ahead of them included."""
        if self.per_second:
            return CLAIM  # who waits for a turn must not be taken for dead
        rounds = -(-(count + self.ahead) // self.concurrency) + 1
        return min(CLAIM, timedelta(seconds=SLACK_SECONDS + rounds * self.timeout_seconds))


def due(now: datetime) -> Q:
    """What the sweep takes: due, and not in another worker's hands."""
    return Q(next_check_at__lte=now) & unclaimed(now)


def unclaimed(now: datetime) -> Q:
    return Q(claim__isnull=True) | Q(claimed_until__lte=now)


def claim_due(*, pace: Pace, now: datetime) -> list[Job]:
    """Claim the longest due secrets."""
    return _claim(Secret.objects.filter(due(now)).order_by("next_check_at"), pace, now)


def claim_these(*, secret_ids: Iterable[uuid.UUID], pace: Pace, now: datetime) -> list[Job]:
    """Claim named secrets, due or not, that are free, held and not waiting for a reset."""
    free = Secret.objects.filter(
        unclaimed(now),
        Q(throttled_until__isnull=True) | Q(throttled_until__lte=now),
        pk__in=list(secret_ids),
        next_check_at__isnull=False,
    )
    return _claim(free.order_by("pk"), pace, now)


def _claim(candidates: QuerySet[Secret], pace: Pace, now: datetime) -> list[Job]:
    claim = new_id()
    with transaction.atomic():
        free = candidates.select_for_update(skip_locked=True)
        taken = dict(free.annotate(ask=_ask_workspaces(now)).values_list("pk", "ask")[: pace.batch])
        if not taken:
            return []
        _count_calls_of_dead_claims(taken)
        Secret.objects.filter(pk__in=among(taken)).update(
            claim=claim, claimed_until=now + pace.lease(len(taken))
        )
        return _jobs(taken, claim)


def _ask_workspaces(now: datetime) -> Combinable:
    """Whether the last time that the list of workspaces was asked for is long enough ago."""
    long_ago = Q(workspaces_asked_at__lt=now - ASK_WORKSPACES_EVERY)
    return ExpressionWrapper(
        Q(workspaces_asked_at__isnull=True) | long_ago, output_field=BooleanField()
    )


def _count_calls_of_dead_claims(secret_ids: Iterable[uuid.UUID]) -> None:
    dead = []
    claimed = Secret.objects.filter(
        pk__in=among(secret_ids), claim__isnull=False, claimed_until__isnull=False
    )
    for secret in claimed.only("claimed_until", "own_calls"):
        if secret.claimed_until is None:
            continue
        # When it asked is not known, so they are remembered from the latest moment possible.
        asked_at = secret.claimed_until.timestamp()
        secret.own_calls = [*secret.own_calls, *[asked_at] * CALLS_OF_A_DEAD_CLAIM]
        dead.append(secret)
    update_each(Secret, dead, ["own_calls"])


def _replaced_at(rows: Iterable[tuple[Any, ...]]) -> dict[uuid.UUID, datetime]:
    """By secret: when its replaced row, the latest of several, was replaced."""
    found: dict[uuid.UUID, datetime] = {}
    for secret_id, *_, at in rows:
        if at is not None:
            found[secret_id] = max(at, found.get(secret_id, at))
    return found


def _jobs(secrets: Mapping[uuid.UUID, bool], claim: uuid.UUID) -> list[Job]:
    """One job per secret, with the first of its rows that still has ciphertext."""
    rows = (
        Token.objects.filter(secret__in=among(secrets), sealed__isnull=False)
        .order_by("secret_id", "-pk")
        .values_list("secret_id", "pk", "company_id", "integration_id", "environment")
        .annotate(
            key=F("key_id"),
            ciphertext=F("sealed"),
            workspace=F("company__workspace_id"),
            replaced=Case(When(state=State.REPLACED.value, then=F("replaced_at"))),
        )
    )
    first, replaced = {row[0]: row for row in rows}, _replaced_at(rows)
    return [
        Job(
            claim=claim,
            subject_id=secret_id,
            token_id=row[1],
            company_id=row[2],
            integration_id=row[3],
            environment=row[4],
            key_id=row[5],
            sealed=bytes(row[6]),
            ask_workspaces=ask and row[7] is not None,
            replaced_at=replaced.get(secret_id),
        )
        for secret_id, ask in secrets.items()
        if (row := first.get(secret_id)) is not None
    ]
