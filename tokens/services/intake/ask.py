"""The worker asks Coolset about values pasted to begin with: do they work, and what do they see?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tokens.audit import Event, Subject, Trail, audited
from tokens.audit import account as actor_of
from tokens.keys import private_keyring
from tokens.models import Incident, Start, StartStatus
from tokens.models.base import new_id
from tokens.policy.usage import prune
from tokens.policy.vocabulary import ACCEPTED, Outcome
from tokens.services.intake.sealed import INTAKE
from tokens.services.probing.asking import ProbeSettings, Result
from tokens.services.probing.claiming import Job
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.prober import Prober


def ask_for_starts(*, clock: Callable[[], datetime]) -> int:
    """Ask about every value that waits; returns how many."""
    how = probe_settings(clock)
    jobs = _claim(how, clock())
    if not jobs:
        return 0
    for result in ask(jobs, how):
        _record(result)
    return len(jobs)


def ask(jobs: list[Job], how: ProbeSettings) -> list[Result]:
    """All answers, in the foreground."""
    found: list[Result] = []
    with Prober(private_keyring(), how) as prober:
        prober.submit(jobs)
        while len(found) < len(jobs):
            found += prober.collect(most=1)
    return found


def job_for(start: Start) -> Job:
    """How the prober opens a start's value; it lists the workspaces whatever user-config says."""
    return Job(
        claim=start.claim or new_id(),
        subject_id=start.pk,
        token_id=start.pk,
        company_id=start.pk,
        integration_id=start.pk,
        environment=INTAKE,
        key_id=start.key_id,
        sealed=bytes(start.sealed or b""),
        list_workspaces=True,
    )


def _claim(how: ProbeSettings, now: datetime) -> list[Job]:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    with transaction.atomic():
        waiting = Start.objects.filter(
            free, status=StartStatus.ASKING.value, wanted_at__lte=now, expires_at__gt=now
        )
        starts = list(
            waiting.select_for_update(skip_locked=True).order_by("wanted_at")[: how.pace.batch]
        )
        for start in starts:
            start.claim, start.claimed_until = new_id(), now + how.pace.lease(len(starts))
            start.save(update_fields=["claim", "claimed_until"])
    return [job_for(start) for start in starts]


def _record(result: Result) -> None:
    mine = Start.objects.filter(
        pk=result.job.subject_id, claim=result.job.claim, status=StartStatus.ASKING.value
    )
    asked = mine.select_related("account").first()
    if asked is None:  # it was dropped: the answer comes too late
        return
    with audited(actor=actor_of(asked.account), now=result.answer.at) as trail:
        start = mine.select_for_update().first()
        if start is not None:
            take_answer(start, result)
            start.save()
            note_answer(start, trail)


def note_answer(start: Start, trail: Trail) -> None:
    """Whoever sends a value to Coolset stands in the trail, with its hint."""
    about = Subject("start", str(start.pk), "pasted token")
    trail.add(
        Event.ONBOARDING_ASKED,
        about,
        outcome=start.last_outcome,
        count=len(start.workspaces),
        hint=start.hint,
    )


def take_answer(start: Start, result: Result) -> None:
    """Put what Coolset said into the row; a value that it refuses is not kept."""
    answer = result.answer
    begun = answer.begun_at.timestamp()
    start.own_calls = prune([*start.own_calls, *[begun] * result.calls], begun)
    start.last_outcome = answer.outcome.value
    start.wanted_at = start.claim = start.claimed_until = None
    if answer.outcome in ACCEPTED:
        start.status = StartStatus.ANSWERED.value
        _take_workspaces(start, result)
    elif answer.outcome is Outcome.UNAUTHORIZED and not _incident():
        start.status = StartStatus.REFUSED.value
        start.sealed, start.key_id = None, ""
    else:
        start.status = StartStatus.SILENT.value


def _take_workspaces(start: Start, result: Result) -> None:
    said, listing = result.answer.evidence, result.workspaces
    start.seen_workspace_id = said.workspace_id if said else None
    start.account_email = (said.account_email if said else None) or ""
    start.workspaces = [asdict(entry) for entry in listing.entries] if listing else []
    start.complete = listing is not None and listing.ids is not None


def _incident() -> bool:
    """While Coolset refuses everybody, a refusal says nothing of this value."""
    return Incident.objects.filter(ended_at__isnull=True).exists()
