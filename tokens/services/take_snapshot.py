"""Counting, once a UTC day, how many active tokens of each company keep the policy.

What is written stays. A day on which nobody counted stays a gap: nothing is made up afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tokens.audit import Actor, Event, Subject, audited, system
from tokens.models import Pulse, Snapshot
from tokens.policy.compliance import Tally
from tokens.policy.days import utc_day
from tokens.selectors.compliance import tallies
from tokens.services.policy_in_force import rules_in_force

ACTOR = system("snapshot")
BATCH = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """The day's count. taken: by this very call; else it stood already and was left as it is."""

    day: date
    taken: bool
    tally: Tally
    companies: int


def take_snapshot(*, now: datetime, actor: Actor = ACTOR) -> Taken:
    """Count the day of `now`, unless it is counted already.

    Of two at once the second waits for the first (the pulse's row is the lock) and finds the day
    counted. The sum of the day stands in the audit trail, so that a later change would show.
    """
    day = utc_day(now)
    if (known := _known(day)) is not None:
        return known
    with audited(actor=actor, now=now) as trail:
        Pulse.objects.update_or_create(name="snapshot", defaults={"at": now})
        if (known := _known(day)) is not None:
            return known
        found = tallies(rules_in_force(), now)
        total = sum(found.values(), Tally())
        rows = [_row(None, total, day, now)]
        rows += [_row(company, tally, day, now) for company, tally in found.items()]
        Snapshot.objects.bulk_create(rows, batch_size=BATCH)
        trail.add(
            Event.COMPLIANCE_COUNTED,
            Subject("compliance", day.isoformat(), day.isoformat()),
            companies=len(found),
            active=total.active,
            counted=total.counted,
            within=total.within,
            unknown_age=total.unknown_age,
            not_held=total.not_held,
            excepted=total.excepted,
        )
    return Taken(day, True, total, len(found))


def _known(day: date) -> Taken | None:
    rows = Snapshot.objects.filter(day=day)
    total = rows.filter(company__isnull=True).first()
    if total is None:
        return None
    companies = rows.filter(company__isnull=False).count()
    return Taken(day, False, tally_of(total), companies)


def tally_of(row: Snapshot) -> Tally:
    """The numbers of a stored row."""
    return Tally(row.within, row.out_of_policy, row.unknown_age, row.not_held, row.excepted)


def _row(company: UUID | None, tally: Tally, day: date, now: datetime) -> Snapshot:
    return Snapshot(
        day=day,
        company_id=company,
        active=tally.active,
        within=tally.within,
        out_of_policy=tally.out_of_policy,
        unknown_age=tally.unknown_age,
        not_held=tally.not_held,
        excepted=tally.excepted,
        taken_at=now,
    )
