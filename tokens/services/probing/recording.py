"""The third step: take a batch of answers into the books, in one transaction with its audit.

An answer whose claim is no longer there comes too late (the secret was revoked, or claimed again
after a deadline): its calls are counted, and nothing else of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tokens.audit import Trail, audited, system
from tokens.coolset.outcomes import Workspaces
from tokens.models import Revocation, Secret
from tokens.models.bulk import among, update_each
from tokens.policy import health, revocation, schedule
from tokens.policy.vocabulary import ACCEPTED, Environment, Outcome
from tokens.services.alert import queue_alerts
from tokens.services.mismatches import refresh_mismatches
from tokens.services.probing import consequences
from tokens.services.probing.asking import Result
from tokens.services.probing.evidence import (
    UsageRecorder,
    count_own_calls,
    take_company_evidence,
)
from tokens.services.probing.facts import (
    HEALTH_COLUMNS,
    PROOF_COLUMNS,
    health_facts,
    proof_facts,
    put_health,
    put_permission,
    put_proof,
)
from tokens.services.probing.incidents import Hold, judge
from tokens.services.probing.runs import RunRecorder
from tokens.services.probing.steady import record_steady
from tokens.services.probing.window import Window
from tokens.services.workspace_types import take_workspace_types

WRITTEN = (
    *HEALTH_COLUMNS,
    "last_checked_at",
    "last_outcome",
    "run_id",
    "next_check_at",
    "throttled_until",
    "claim",
    "claimed_until",
    "own_calls",
    "workspaces_asked_at",
    "seen_workspace_id",
    "listed_workspace_ids",
    "account_email",
    "last_used_at",
    "last_used_evidence",
    "headers_live_until",
    "permission_lost_at",
    "destroyed_at",
)
ACTOR = system("check")


@dataclass(slots=True)
class News:
    """What one batch changed, for its audit entries and mails."""

    health: list[tuple[Secret, str, Result]] = field(default_factory=list)
    failing: list[uuid.UUID] = field(default_factory=list)
    confirmed: list[tuple[Revocation, Result]] = field(default_factory=list)
    contradicted: list[tuple[Revocation, Result]] = field(default_factory=list)
    destroyed: list[Revocation] = field(default_factory=list)
    unreadable: list[Secret] = field(default_factory=list)
    company: list[Secret] = field(default_factory=list)
    proofs: list[Revocation] = field(default_factory=list)
    listings: list[Workspaces] = field(default_factory=list)


def record(
    results: Sequence[Result],
    *,
    confirm_seconds: int,
    now: datetime,
    window: Window | None = None,
) -> None:
    """Record one batch of answers about stored secrets; `window` is that of its sweep."""
    by_secret = {result.job.subject_id: result for result in results}
    with audited(actor=ACTOR, now=now) as trail:
        steady = record_steady(by_secret, confirm_seconds)
        secrets, late = _lock({key: by_secret[key] for key in by_secret if key not in steady})
        hold = judge(by_secret, secrets, steady, window=window or Window(), trail=trail, now=now)
        news = _apply(secrets, by_secret, hold, confirm_seconds)
        for secret in late:
            count_own_calls(secret, by_secret[secret.pk])
        update_each(Secret, secrets, WRITTEN)
        update_each(Secret, late, ["own_calls"])
        update_each(Revocation, news.proofs, PROOF_COLUMNS)
        _consequences(news, hold, trail, now)


def _lock(by_secret: dict[uuid.UUID, Result]) -> tuple[list[Secret], list[Secret]]:
    """The rest of the batch, locked in one order: what is still ours, and what is not."""
    if not by_secret:
        return [], []
    rows = (
        Secret.objects.filter(pk__in=among(by_secret))
        .select_related("revocation")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    ours: list[Secret] = []
    late: list[Secret] = []
    for secret in rows:
        (ours if secret.claim == by_secret[secret.pk].job.claim else late).append(secret)
    return ours, late


def _apply(
    secrets: Sequence[Secret],
    by_secret: dict[uuid.UUID, Result],
    hold: Hold,
    confirm_seconds: int,
) -> News:
    news = News()
    if not secrets:
        return news
    runs = RunRecorder([secret.run_id for secret in secrets])
    usage = UsageRecorder([secret.pk for secret in secrets])
    for secret in secrets:
        result = by_secret[secret.pk]
        if hold.began is not None:
            _forget_suspicion(secret, hold.began.begun_at)
        runs.take(secret, result.answer)
        count_own_calls(secret, result)
        usage.take(secret, result.answer)
        if result.workspaces is not None:
            news.listings.append(result.workspaces)
        if take_company_evidence(secret, result):
            news.company.append(secret)
        _take_answer(secret, result, hold, confirm_seconds, news)
    runs.write()
    usage.write()
    return news


def _forget_suspicion(secret: Secret, since: datetime) -> None:
    if secret.suspect_since is not None and secret.suspect_since >= since:
        secret.suspect_since = None


def _take_answer(
    secret: Secret, result: Result, hold: Hold, confirm_seconds: int, news: News
) -> None:
    answer = result.answer
    before, was_unreadable = secret.health, secret.last_outcome == Outcome.UNREADABLE.value
    # The proof looks at what was accepted before this answer, so it comes first.
    proof = _take_proof(secret, result, hold, confirm_seconds, news)
    change = health.after(
        health_facts(secret),
        outcome=answer.outcome,
        begun_at=answer.begun_at,
        at=answer.at,
        confirm_seconds=confirm_seconds,
        held=hold.active,
    )
    put_health(secret, change.facts)
    put_permission(secret, before=before, at=answer.at)
    secret.last_checked_at, secret.last_outcome = answer.at, answer.outcome.value
    secret.claim = secret.claimed_until = None
    _schedule(secret, result, proof, hold, confirm_seconds)
    if secret.health != before:
        news.health.append((secret, before, result))
    if change.newly_failing and proof is None:
        news.failing.append(secret.pk)
    if answer.outcome is Outcome.UNREADABLE and not was_unreadable:
        news.unreadable.append(secret)


def _take_proof(
    secret: Secret, result: Result, hold: Hold, confirm_seconds: int, news: News
) -> revocation.ProofFacts | None:
    record = _revocation_of(secret)
    if record is None:
        return None
    if hold.began is not None and _is_since(record.first_refused_at, hold.began.begun_at):
        record.first_refused_at = None
    before = proof_facts(record, secret)
    change = revocation.after(
        before,
        outcome=result.answer.outcome,
        begun_at=result.answer.begun_at,
        at=result.answer.at,
        confirm_seconds=confirm_seconds,
        held=hold.active,
    )
    if change.facts != before:
        put_proof(record, change.facts)
        accepted = result.answer.outcome in ACCEPTED
        record.last_accepted_at = result.answer.at if accepted else secret.last_accepted_at
        news.proofs.append(record)
    if change.newly_confirmed:
        news.confirmed.append((record, result))
    if change.newly_contradicted:
        news.contradicted.append((record, result))
    if change.destroy:
        news.destroyed.append(record)
        secret.destroyed_at = result.answer.at
    return change.facts


def _is_since(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment >= since


def _revocation_of(secret: Secret) -> Revocation | None:
    try:
        return secret.revocation
    except Revocation.DoesNotExist:
        return None


def _schedule(
    secret: Secret,
    result: Result,
    proof: revocation.ProofFacts | None,
    hold: Hold,
    confirm_seconds: int,
) -> None:
    answer, job = result.answer, result.job
    production = secret.mixes_environments or job.environment == Environment.PRODUCTION.value
    held_back = hold.active and answer.outcome is Outcome.UNAUTHORIZED
    occasion = schedule.Occasion(
        secret_key=str(secret.pk),
        environment=Environment.PRODUCTION if production else Environment.DEVELOPMENT,
        # A refusal that does not count is asked about again as soon as any other non-answer.
        outcome=Outcome.UNUSABLE if held_back else answer.outcome,
        at=answer.at,
        confirm_seconds=confirm_seconds,
        suspect_since=secret.suspect_since,
        retry_hints=answer.retry_hints,
        revocation=proof,
        throttled_before=secret.throttled_until is not None,
        replaced_at=job.replaced_at,
        reset=answer.headers.reset if answer.headers else None,
    )
    moment = schedule.next_check(occasion)
    secret.next_check_at = None if secret.destroyed_at else moment
    secret.throttled_until = moment if answer.outcome is Outcome.THROTTLED else None


def _consequences(news: News, hold: Hold, trail: Trail, now: datetime) -> None:
    consequences.audit_health(news.health, trail)
    consequences.audit_unreadable(news.unreadable, trail)
    consequences.confirm(news.confirmed, trail)
    consequences.contradict(news.contradicted, trail)
    consequences.destroy(news.destroyed, trail)
    take_workspace_types(news.listings, trail)
    if news.company:
        refresh_mismatches([secret.pk for secret in news.company])
    if news.failing or news.contradicted or news.unreadable or hold.began:
        queue_alerts(
            failing=news.failing,
            contradicted=[record.pk for record, _ in news.contradicted],
            unreadable=[secret.pk for secret in news.unreadable],
            incident=hold.began,
            hold=True,
            now=now,
        )
