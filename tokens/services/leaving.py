"""Recording that a person leaves or has left, or stays after all."""

from datetime import date, datetime
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, NotFound
from tokens.models import Person
from tokens.policy.days import utc_day
from tokens.services.changes import Changes
from tokens.services.tell_leaver import queue_leaver


def set_leaving(
    *,
    person: Person,
    leaving_on: date | None,
    left_on: date | None,
    actor: Actor,
    now: datetime,
) -> Person:
    """Record the last day with access, or the day on which the person had left; neither: they stay.

    Both are UTC dates. Administrators are told at once of the tokens that somebody who goes leaves
    behind. Raises InvalidInput naming `leaving_on` or `left_on`.
    """
    _check(leaving_on, left_on, utc_day(now))
    with audited(actor=actor, now=now) as trail:
        row = _locked(person.pk)
        changes = Changes(row)
        changes.set("leaving_on", leaving_on)
        changes.set("left_on", left_on)
        if changes.save(trail, Event.PERSON_LEAVING_CHANGED):
            # Administrators are reminded too of what is owned by somebody who is gone.
            row.owned.update(remind_at=None)
            queue_leaver(person=row, now=now)
    return row


def _check(leaving_on: date | None, left_on: date | None, today: date) -> None:
    if leaving_on is not None and left_on is not None:
        raise InvalidInput("goes without the day of leaving: name one of the two", field="left_on")
    if leaving_on is not None and leaving_on < today:
        raise InvalidInput("is over: say when the person left instead", field="leaving_on")
    if left_on is not None and left_on > today:
        raise InvalidInput("is still to come: say when the person leaves", field="left_on")


def _locked(pk: UUID) -> Person:
    row = Person.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such person.")
    return row
