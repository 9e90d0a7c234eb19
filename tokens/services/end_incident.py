"""End a vendor-incident hold by hand: an administrator says that the refusals are real."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import WrongState
from tokens.models import Incident


def end_incident(*, incident: Incident, actor: Actor, now: datetime) -> None:
    """From here on refusals count, and no new hold opens for 24 hours (policy.incident.REST)."""
    with audited(actor=actor, now=now) as trail:
        ended = Incident.objects.filter(pk=incident.pk, ended_at__isnull=True).update(
            ended_at=now, ended_by=actor.name
        )
        if not ended:
            raise WrongState("This hold has ended already.")
        trail.add(
            Event.INCIDENT_ENDED,
            Subject("incident", str(incident.pk), str(incident)),
            began_at=incident.begun_at,
            held=incident.bad,
        )
