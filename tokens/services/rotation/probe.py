"""Ask Coolset about values that wait in rotations, and do what the answer says.

200 takes the value, JSON 403 takes it with a warning, 401 or evidence of another company refuses
it, anything else leaves it to a person (shared/interfaces.md, "Rotation").
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from tokens.audit import Event, Trail, audited, system
from tokens.keys import private_keyring
from tokens.models import Incident, Rotation, RotationStatus
from tokens.models.base import new_id
from tokens.policy import mismatch, schedule
from tokens.policy.usage import prune
from tokens.policy.vocabulary import ACCEPTED, Environment, Outcome
from tokens.services.probing.asking import ProbeSettings, Result
from tokens.services.probing.claiming import Job, due, unclaimed
from tokens.services.probing.configured import probe_settings
from tokens.services.probing.prober import Prober
from tokens.services.rotation.decide import settle
from tokens.services.rotation.promote import promote

ACTOR = system("check")
ASKED = (RotationStatus.PROBING.value, RotationStatus.WAITING.value)


def probe_candidates(*, clock: Callable[[], datetime], undue: bool = False) -> int:
    """Probe every waiting value that is due; returns how many were asked about.

    `undue`: the others too, but for one that waits for a rate limit's reset.
    """
    how = probe_settings(clock)
    jobs = _claim(how, clock(), undue=undue)
    if not jobs:
        return 0
    with Prober(private_keyring(), how) as prober:
        prober.submit(jobs)
        while results := prober.collect(most=1):
            for result in results:
                _record(result, clock())
    return len(jobs)


def _claim(how: ProbeSettings, now: datetime, *, undue: bool) -> list[Job]:
    claim = new_id()
    chosen = due(now)
    if undue:
        throttled = Q(last_outcome=Outcome.THROTTLED.value, next_check_at__gt=now)
        chosen = unclaimed(now) & ~throttled
    with transaction.atomic():
        waiting = (
            Rotation.objects.filter(chosen, status__in=ASKED)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("token")
            .annotate(workspace=F("token__company__workspace_id"))
            .order_by("next_check_at")[: how.pace.batch]
        )
        rotations = list(waiting)
        Rotation.objects.filter(pk__in=[rotation.pk for rotation in rotations]).update(
            claim=claim, claimed_until=now + how.pace.lease(len(rotations))
        )
    return [
        Job(
            claim=claim,
            subject_id=rotation.pk,
            token_id=rotation.new_token_id,
            company_id=rotation.token.company_id,
            integration_id=rotation.token.integration_id,
            environment=rotation.token.environment,
            key_id=rotation.key_id,
            sealed=bytes(rotation.sealed or b""),
            ask_workspaces=rotation.workspace is not None,
        )
        for rotation in rotations
    ]


def _record(result: Result, now: datetime) -> None:
    try:
        with audited(actor=ACTOR, now=now) as trail:
            rotation = _ours(result)
            if rotation is not None:
                _take(rotation, result, trail, now)
    except IntegrityError:
        # The value, or the place, was taken in the meantime; the row says so instead of vanishing.
        with audited(actor=ACTOR, now=now) as trail:
            rotation = _ours(result)
            if rotation is not None:
                _refuse(rotation, "already_known", result, trail, now)


def _ours(result: Result) -> Rotation | None:
    """The rotation, locked, unless its claim was lost: then the answer comes too late."""
    return (
        Rotation.objects.select_for_update(of=("self",))
        .select_related("token__company", "token__integration", "token__secret")
        .filter(pk=result.job.subject_id, claim=result.job.claim)
        .first()
    )


def _take(rotation: Rotation, result: Result, trail: Trail, now: datetime) -> None:
    answer = result.answer
    begun = answer.begun_at.timestamp()
    rotation.own_calls = prune([*rotation.own_calls, *[begun] * result.calls], begun)
    rotation.last_outcome = answer.outcome.value
    rotation.claim = rotation.claimed_until = None
    if answer.outcome in ACCEPTED and _of_another_company(rotation, result):
        _refuse(rotation, "other_company", result, trail, now)
    elif answer.outcome in ACCEPTED:
        promote(rotation, result, trail=trail, now=now)
    elif answer.outcome is Outcome.UNAUTHORIZED and _refusal_counts(rotation):
        _refuse(rotation, "unauthorized", result, trail, now)
    else:
        _leave_open(rotation, result)


def _of_another_company(rotation: Rotation, result: Result) -> bool:
    said = result.answer.evidence
    listed = result.workspaces.ids if result.workspaces else None
    verdict = mismatch.verdict(
        recorded=rotation.token.company.workspace_id,
        seen=said.workspace_id if said else None,
        listed=listed,
    )
    return verdict == "mismatch"


def _refusal_counts(rotation: Rotation) -> bool:
    """Not in a vendor's incident; and a value that a person may no longer have is kept for them."""
    if rotation.status == RotationStatus.WAITING.value:
        return False
    return not Incident.objects.filter(ended_at__isnull=True).exists()


def _refuse(rotation: Rotation, reason: str, result: Result, trail: Trail, now: datetime) -> None:
    rotation.reason = reason
    rotation.last_outcome = result.answer.outcome.value
    settle(rotation, RotationStatus.REFUSED, now)
    trail.add(
        Event.ROTATION_REFUSED,
        rotation.token,
        old_token=rotation.token_id,
        new_token=rotation.new_token_id,
        outcome=result.answer.outcome.value,
        status=result.answer.status,
        detail=reason,
        hint=rotation.hint,
    )


def _leave_open(rotation: Rotation, result: Result) -> None:
    """No usable answer. A value taken without one is asked about again; else a person decides."""
    answer = result.answer
    refused = answer.outcome is Outcome.UNAUTHORIZED
    if rotation.status == RotationStatus.WAITING.value and not refused:
        rotation.next_check_at = schedule.next_check(
            schedule.Occasion(
                secret_key=str(rotation.pk),
                environment=Environment(rotation.token.environment),
                outcome=answer.outcome,
                at=answer.at,
                confirm_seconds=0,
                retry_hints=answer.retry_hints,
            )
        )
    else:
        rotation.status, rotation.next_check_at = RotationStatus.INCONCLUSIVE.value, None
    rotation.reason = answer.outcome.value
    rotation.save()
