"""The plain case, which nearly every check is: a value that worked works again.

Nothing of such an answer is news: its run goes on, the next check is set, one more hour was looked
at. These rows are read as tuples and written in three grouped statements, because a model instance
costs more than the probe did. What is special in any way is left to `recording`, which is the rule;
tests/probing/test_steady.py holds that both write the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from tokens.models import Check, Revocation, Secret, Usage
from tokens.models.bulk import among, update_rows
from tokens.policy import schedule
from tokens.policy.usage import foreign_calls, headers_live_until, own_calls, prune
from tokens.policy.usage_days import looked_at
from tokens.policy.vocabulary import Environment, EvidenceSource, Health, Outcome
from tokens.services.probing.asking import Result
from tokens.services.probing.runs import LATENCIES

_PLAIN = ExpressionWrapper(
    Q(
        ~Exists(Revocation.objects.filter(secret=OuterRef("pk"))),
        health=Health.VALID.value,
        suspect_since__isnull=True,
        last_accepted_at__isnull=False,
        run_id__isnull=False,
    ),
    output_field=BooleanField(),
)
_SECRET = ("pk", "claim", "run_id", "own_calls", "seen_workspace_id", "account_email",
           "mixes_environments", "headers_live_until", "plain")  # fmt: skip
_CHECK = ("pk", "outcome", "status", "problem", "last_at", "count", "latencies")
_USAGE = ("secret_id", "pk", *Usage.MAPS)


@dataclass(slots=True)
class _Writes:
    """Tuples for `update_rows`, gathered before anything is written."""

    secrets: list[tuple[Any, ...]] = field(default_factory=list)
    checks: list[tuple[Any, ...]] = field(default_factory=list)
    usages: list[tuple[Any, ...]] = field(default_factory=list)


def record_steady(results: Mapping[UUID, Result], confirm_seconds: int) -> set[UUID]:
    """Lock the batch's secrets in one order and record the plain ones; returns which they were.

    An incident that is held changes nothing for them: a hold is about refusals. The caller owns the
    transaction.
    """
    secrets = [row for row in _lock(results) if _is_plain(row, results[row[0]])]
    runs = {row[0]: row for row in _rows(Check, _CHECK, "pk", [row[2] for row in secrets])}
    usage = _usage([row[0] for row in secrets])
    writes, done = _Writes(), set()
    for row in secrets:
        result, run = results[row[0]], runs.get(row[2])
        if run is None or not _continues(run, result):
            continue
        if _take(row, run, usage.get(row[0]), result, confirm_seconds, writes):
            done.add(row[0])
    _write(writes)
    return done


def _lock(results: Mapping[UUID, Result]) -> list[tuple[Any, ...]]:
    rows = Secret.objects.filter(pk__in=among(results)).order_by("pk").select_for_update()
    return list(rows.annotate(plain=_PLAIN).values_list(*_SECRET))


def _rows(model: Any, columns: tuple[str, ...], key: str, ids: list[UUID]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    return list(model.objects.filter(**{f"{key}__in": among(ids)}).values_list(*columns))


def _usage(ids: list[UUID]) -> dict[UUID, tuple[Any, ...]]:
    if not ids:
        return {}
    rows = Usage.objects.filter(secret__in=among(ids), source=EvidenceSource.HEADERS.value)
    return {row[0]: row for row in rows.select_for_update().values_list(*_USAGE)}


def _is_plain(row: tuple[Any, ...], result: Result) -> bool:
    """Still our claim, accepted as before, and nothing new about whose token it is."""
    _, claim, _, _, workspace, email, _, _, plain = row
    said = result.answer.evidence
    return bool(
        plain
        and claim == result.job.claim
        and result.answer.outcome is Outcome.VALID
        and result.workspaces is None
        and said is not None
        and said.workspace_id == workspace
        and (said.account_email or "")[:254] == email
    )


def _continues(run: tuple[Any, ...], result: Result) -> bool:
    answer = result.answer
    return (run[1], run[2], run[3]) == (answer.outcome.value, answer.status, answer.problem.value)


def _take(
    row: tuple[Any, ...],
    run: tuple[Any, ...],
    usage: tuple[Any, ...] | None,
    result: Result,
    confirm_seconds: int,
    writes: _Writes,
) -> bool:
    """Note what is to be written; False, and nothing noted, where somebody else used the token or
    its first usable headers came: that is for `recording`."""
    answer, key = result.answer, row[0]
    begun = answer.begun_at.timestamp()
    calls = prune([*row[3], *[begun] * result.calls], begun)
    foreign = foreign_calls(answer.headers, own_calls(calls, begun))
    live_until = row[7]
    if foreign is not None:
        if foreign > 0 or usage is None:
            return False
        hours, days = looked_at(usage[2], usage[3:5], usage[5:7], answer.at)
        writes.usages.append((usage[1], hours.anchor, *hours.to_text(), *days.to_text()))
        live_until = headers_live_until(hours)
    moment = _next_check(key, row[6], result, confirm_seconds)
    writes.secrets.append((key, answer.at, moment, calls, live_until))
    latencies = [*run[6], answer.latency_ms][-LATENCIES:]
    writes.checks.append((run[0], max(run[4], answer.at), run[5] + 1, latencies))
    return True


def _next_check(key: UUID, mixes: bool, result: Result, confirm_seconds: int) -> datetime:
    production = mixes or result.job.environment == Environment.PRODUCTION.value
    return schedule.next_check(
        schedule.Occasion(
            secret_key=str(key),
            environment=Environment.PRODUCTION if production else Environment.DEVELOPMENT,
            outcome=Outcome.VALID,
            at=result.answer.at,
            confirm_seconds=confirm_seconds,
            replaced_at=result.job.replaced_at,
            reset=result.answer.headers.reset if result.answer.headers else None,
        )
    )


def _write(writes: _Writes) -> None:
    update_rows(
        Secret,
        ("last_checked_at", "next_check_at", "own_calls", "headers_live_until"),
        writes.secrets,
        same={"last_conclusive_at": "last_checked_at", "last_accepted_at": "last_checked_at"},
        all_of_them={
            "last_outcome": Outcome.VALID.value,
            "claim": None,
            "claimed_until": None,
            "throttled_until": None,
        },
    )
    update_rows(Check, ("last_at", "count", "latencies"), writes.checks)
    update_rows(Usage, Usage.MAPS, writes.usages)
