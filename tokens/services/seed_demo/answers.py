"""Answers made by hand, as the probe would have brought them at a moment of the past."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from tokens.coolset.outcomes import Answer, Evidence, Problem, WorkspaceEntry, Workspaces
from tokens.policy.usage import RateHeaders
from tokens.policy.vocabulary import Outcome
from tokens.services.probing.asking import Result
from tokens.services.probing.claiming import Job
from tokens.services.seed_demo.shape import Sample, Use, Workspace

LIMIT = 1000
#: More calls of our own than any hour of the sample data holds; others have called beside them.
OURS = 6
#: The stand-in's `id` of a workspace differs from its `workspace_id` by so much.
APART = 500_000
_STATUS = {Outcome.VALID: 200, Outcome.FORBIDDEN: 403, Outcome.UNAUTHORIZED: 401}
_PROBLEM = {Outcome.UNUSABLE: Problem.HTML, Outcome.UNREACHABLE: Problem.TIMEOUT}
_HTML_STATUS = 403


def result(
    sample: Sample, *, subject: uuid.UUID, claim: uuid.UUID, at: datetime, rng: random.Random
) -> Result:
    """What the probe of this sample brought at `at`; `subject` is what the claim is on."""
    outcome = sample.says(at)
    latency = rng.randint(62, 118)
    answer = Answer(
        outcome=outcome,
        status=_HTML_STATUS if outcome is Outcome.UNUSABLE else _STATUS.get(outcome),
        latency_ms=10_000 if outcome is Outcome.UNREACHABLE else latency,
        begun_at=at - timedelta(milliseconds=latency),
        at=at,
        headers=_headers(sample, outcome, at, rng),
        evidence=_evidence(sample) if outcome is Outcome.VALID else None,
        problem=_PROBLEM.get(outcome, Problem.NONE),
    )
    workspaces = _workspaces(sample.listed, answer) if sample.listed else None
    calls = 1 + (workspaces.calls if workspaces else 0)
    return Result(_job(sample, subject, claim), answer, workspaces, calls)


def _job(sample: Sample, subject: uuid.UUID, claim: uuid.UUID) -> Job:
    """Recording needs no ciphertext: nothing is opened here."""
    row = sample.token if sample.row is not None or sample.replaces is None else None
    place = row or sample.replaces.token  # type: ignore[union-attr]  # one of the two is there
    return Job(
        claim=claim,
        subject_id=subject,
        token_id=place.pk,
        company_id=place.company_id,
        integration_id=place.integration_id,
        environment=place.environment,
        key_id="",
        sealed=b"",
        ask_workspaces=bool(sample.listed),
    )


def _headers(
    sample: Sample, outcome: Outcome, at: datetime, rng: random.Random
) -> RateHeaders | None:
    if sample.use is Use.HIDDEN or outcome not in {Outcome.VALID, Outcome.FORBIDDEN}:
        return None
    others = OURS + rng.randint(1, 40) if is_busy(sample, at, rng) else 0
    return RateHeaders(LIMIT, LIMIT - 1 - others, int(at.timestamp()) + 3600)


def is_busy(sample: Sample, at: datetime, rng: random.Random) -> bool:
    """Whether others called in the hour before: most of the working day, now and then at night."""
    if sample.use is not Use.BUSY or (sample.busy_until is not None and at > sample.busy_until):
        return False
    return rng.random() < (0.9 if 6 <= at.hour < 19 else 0.35)


def _evidence(sample: Sample) -> Evidence:
    return Evidence(sample.seen_workspace_id, sample.created_by or None)


def _workspaces(listed: tuple[Workspace, ...], answer: Answer) -> Workspaces:
    entries = tuple(
        WorkspaceEntry(each.workspace_id, each.workspace_id + APART, each.name, each.type)
        for each in listed
    )
    ids = {number for entry in entries for number in (entry.workspace_id, entry.id)}
    known = frozenset(number for number in ids if number is not None)
    return Workspaces(answer.outcome, known, entries, 1, answer)
