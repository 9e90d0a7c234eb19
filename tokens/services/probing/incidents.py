"""The vendor-incident hold, over what is stored: opens, goes on, ends by itself.

The rule is `tokens.policy.incident`; here its samples are gathered: this batch, and in the database
what other batches brought in the same minutes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tokens.audit import Event, Subject, Trail
from tokens.models import Incident, Revocation, Secret
from tokens.policy.incident import (
    BAD,
    WINDOW,
    Panel,
    Sample,
    Tally,
    holds_on,
    is_incident,
    may_open,
)
from tokens.policy.vocabulary import Outcome
from tokens.services.probing.asking import Result
from tokens.services.probing.window import WELL, Window


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether refusals count in this batch; `began` is the incident that this batch brought up."""

    active: bool
    began: Incident | None = None


def judge(
    results: Mapping[uuid.UUID, Result],
    secrets: Sequence[Secret],
    steady: Iterable[uuid.UUID] = (),
    *,
    window: Window,
    trail: Trail,
    now: datetime,
) -> Hold:
    """Decide for one batch, before its `secrets` are recorded; `steady` were and are well, and
    are recorded already."""
    incident = Incident.objects.filter(ended_at__isnull=True).first()
    if incident is None and not any(r.answer.outcome in BAD for r in results.values()):
        return Hold(active=False)
    since = incident.begun_at if incident else now - WINDOW
    samples = [_sample(secret, results[secret.pk], since) for secret in secrets]
    samples += [Sample(key, Outcome.VALID, True, False) for key in steady]
    judged = Panel.of(samples)

    def panel_of(*, anew: bool) -> Panel:
        opened = incident.pk if incident else None
        stored = window.stored(since=since, exclude=results, incident=opened, anew=anew)
        return stored.and_batch(judged)

    panel = panel_of(anew=any(_may_decide(one, results[one.pk]) for one in secrets))
    if incident is None:
        return _perhaps_open(panel, samples, since, trail=trail, now=now)
    if not holds_on(panel.without()):
        panel = panel_of(anew=True)
    if holds_on(panel.without()):
        return _go_on(incident, panel.without(), now)
    _end_by_itself(incident, panel.without(), trail=trail, now=now)
    return Hold(active=False)


def _sample(secret: Secret, result: Result, since: datetime) -> Sample:
    refused_just_now = secret.refused_since is not None and secret.refused_since >= since
    return Sample(
        secret_id=secret.pk,
        outcome=result.answer.outcome,
        well_before=secret.last_accepted_at is not None
        and (secret.health in WELL or refused_just_now),
        refusal_expected=_is_revoked(secret),
    )


def _may_decide(secret: Secret, result: Result) -> bool:
    """Whether this refusal may be the second one, after which something flips."""
    if result.answer.outcome is not Outcome.UNAUTHORIZED:
        return False
    return secret.suspect_since is not None or _is_revoked(secret)


def _is_revoked(secret: Secret) -> bool:
    try:
        return secret.revocation is not None
    except Revocation.DoesNotExist:
        return False


def _perhaps_open(
    panel: Panel, samples: Sequence[Sample], since: datetime, *, trail: Trail, now: datetime
) -> Hold:
    refused = [s.secret_id for s in samples if s.outcome is Outcome.UNAUTHORIZED]
    # A refusal is judged by the *other* tokens; where nothing was refused, all of them tell.
    together = any(map(panel.incident_for, refused)) if refused else is_incident(panel.without())
    by_hand = (
        Incident.objects.filter(ended_at__isnull=False)
        .exclude(ended_by="")
        .order_by("-ended_at")
        .values_list("ended_at", flat=True)
        .first()
    )
    if not together or not may_open(now, by_hand):
        return Hold(active=False)
    tally = panel.without()
    incident, created = Incident.objects.get_or_create(
        ended_at=None,
        defaults={
            "begun_at": since,
            "last_bad_at": now,
            "watched": tally.watched,
            "bad": tally.bad,
        },
    )
    if not created:  # another worker saw it in the same moment
        return Hold(active=True)
    _take_back_suspicions(since)
    trail.add(Event.INCIDENT_BEGAN, _subject(incident), turned=tally.bad, well=tally.watched)
    return Hold(active=True, began=incident)


def _take_back_suspicions(since: datetime) -> None:
    """Refusals of the same minutes that were counted before there were enough to see it."""
    Secret.objects.filter(suspect_since__gte=since).update(suspect_since=None)
    Revocation.objects.filter(first_refused_at__gte=since, confirmed_at__isnull=True).update(
        first_refused_at=None
    )


def _go_on(incident: Incident, tally: Tally, now: datetime) -> Hold:
    if tally.watched:
        Incident.objects.filter(pk=incident.pk).update(
            last_bad_at=now, watched=tally.watched, bad=tally.bad
        )
    return Hold(active=True)


def _end_by_itself(incident: Incident, tally: Tally, *, trail: Trail, now: datetime) -> None:
    Incident.objects.filter(pk=incident.pk).update(ended_at=now)
    trail.add(Event.INCIDENT_ENDED, _subject(incident), began_at=incident.begun_at, held=tally.bad)


def _subject(incident: Incident) -> Subject:
    return Subject("incident", str(incident.pk), str(incident))
