"""Check named tokens now, in the foreground: what a command does, and the worker for a page."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from tokens.models import Secret, Token
from tokens.policy.vocabulary import Outcome
from tokens.services.probing.asking import Result
from tokens.services.probing.claiming import Job, claim_these
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.put_back import recall
from tokens.services.sweep import run

#: How often a secret that another worker holds is asked for again.
PATIENCE_SECONDS = 0.5
CONCLUSIVE = {
    Outcome.VALID: "valid",
    Outcome.FORBIDDEN: "insufficient",
    Outcome.UNAUTHORIZED: "failing",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Counted in tokens (rows); `failing` is a 401, first or confirming.

    `unreadable`: those of the inconclusive that no key of ours opens, which is our own fault.
    """

    valid: int
    insufficient: int
    failing: int
    inconclusive: int
    unreadable: int
    seconds: float

    @property
    def checked(self) -> int:
        return self.valid + self.insufficient + self.failing + self.inconclusive


def everything() -> QuerySet[Token]:
    """Every token that still has ciphertext, replaced and revoked included."""
    return Token.objects.filter(sealed__isnull=False)


def check_now(
    *,
    tokens: QuerySet[Token],
    clock: Callable[[], datetime],
    progress: Callable[[int], None] = lambda count: None,
) -> Checked:
    """Check each token's secret once. A secret that waits for a rate limit's reset is not called.

    A secret in another worker's hands is waited for, and taken over when that worker's claim ends.
    `progress` is told how many more tokens are done.
    """
    begun = time.monotonic()
    recall(now=clock())
    rows = _rows_by_secret(tokens)
    counts: Counter[str] = Counter()

    def count(results: Sequence[Result]) -> None:
        for result in results:
            word = CONCLUSIVE.get(result.answer.outcome, "inconclusive")
            counts[word] += rows[result.job.subject_id]
            if result.answer.outcome is Outcome.UNREADABLE:
                counts["unreadable"] += rows[result.job.subject_id]
        progress(sum(rows[result.job.subject_id] for result in results))

    waiting = _Waiting(list(rows), clock)
    run(waiting.claim, probe_settings(clock), count)
    passed_over = sum(rows[secret_id] for secret_id in waiting.passed_over)
    progress(passed_over)
    return Checked(
        valid=counts["valid"],
        insufficient=counts["insufficient"],
        failing=counts["failing"],
        inconclusive=counts["inconclusive"] + passed_over,
        unreadable=counts["unreadable"],
        seconds=round(time.monotonic() - begun, 3),
    )


def _rows_by_secret(tokens: QuerySet[Token]) -> dict[uuid.UUID, int]:
    return dict(
        tokens.filter(sealed__isnull=False)
        .order_by("secret_id")
        .values_list("secret_id")
        .annotate(rows=Count("pk"))
    )


class _Waiting:
    """Hands out claims over a list of secrets until each was claimed or has to be passed over."""

    def __init__(self, secret_ids: list[uuid.UUID], clock: Callable[[], datetime]) -> None:
        self._left = secret_ids
        self._clock = clock
        self._pace = probe_settings(clock).pace
        self.passed_over: set[uuid.UUID] = set()

    def claim(self) -> list[Job]:
        while self._left:
            portion, rest = self._left[: self._pace.batch], self._left[self._pace.batch :]
            jobs = claim_these(secret_ids=portion, pace=self._pace, now=self._clock())
            taken = {job.subject_id for job in jobs}
            held_up = [each for each in portion if each not in taken]
            busy = self._busy(held_up)
            self.passed_over |= set(held_up) - busy
            self._left = rest + [each for each in held_up if each in busy]
            if jobs:
                return jobs
            if self._left:
                time.sleep(PATIENCE_SECONDS if not rest else 0)
        return []

    def _busy(self, secret_ids: list[uuid.UUID]) -> set[uuid.UUID]:
        """Those in another worker's hands; the rest waits for a reset, or lost its value."""
        now = self._clock()
        held = Secret.objects.filter(pk__in=secret_ids, claimed_until__gt=now)
        return set(held.exclude(throttled_until__gt=now).values_list("pk", flat=True))
