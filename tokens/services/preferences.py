"""How one person is reminded: digest, quiet weekdays, time zone."""

from collections.abc import Collection
from datetime import datetime

from tokens.audit import Actor, Event, Subject, Trail, audited
from tokens.errors import InvalidInput
from tokens.models import Account, MailPreference, NoticeKind, Person
from tokens.notifications import outbox
from tokens.policy.fields import clean_email
from tokens.policy.preferences import MONDAY_TO_SUNDAY, Digest, Preference, is_zone
from tokens.services.changes import Changes
from tokens.services.entries import cleaned
from tokens.services.hold import hold_back

_DEFAULTS = {"digest": Digest.NONE.value, "weekday": 0, "quiet_days": 0, "time_zone": ""}


def set_preference(
    *,
    email: str,
    digest: str,
    weekday: int,
    quiet: Collection[int],
    time_zone: str,
    actor: Actor,
    now: datetime,
) -> Preference:
    """From here on reminders to this address keep to it, those that wait already too.

    weekday: of a weekly digest, Monday is 0; quiet: days without reminders; time_zone: empty for
    the account's own, else UTC. What is all as the product has it is not kept. Raises InvalidInput
    (fields email, digest, weekday, quiet, time_zone).
    """
    address = cleaned(clean_email, email, "email")
    if not address:
        raise InvalidInput("is required", field="email")
    columns = _columns(digest, weekday, quiet, time_zone.strip())
    with audited(actor=actor, now=now) as trail:
        found = MailPreference.objects.select_for_update().filter(email=address).first()
        row = found or MailPreference(email=address, changed_at=now, changed_by=actor.name)
        if _changed(row, columns, trail):
            row.changed_at, row.changed_by = now, actor.name
            row.save()
        if columns == _DEFAULTS:
            MailPreference.objects.filter(email=address).delete()
        outbox.lock_unsent(NoticeKind.REMINDER)
        hold_back(now=now)
    return row.preference()


def _columns(
    digest: str, weekday: int, quiet: Collection[int], time_zone: str
) -> dict[str, str | int]:
    if digest not in {word.value for word in Digest}:
        words = ", ".join(word.value for word in Digest)
        raise InvalidInput(f"must be one of {words}", field="digest")
    days = range(len(MONDAY_TO_SUNDAY))
    if weekday not in days:
        raise InvalidInput("must be a day of the week", field="weekday")
    if not set(quiet) <= set(days):
        raise InvalidInput("must be days of the week", field="quiet")
    if set(quiet) == set(days):
        raise InvalidInput("must leave a day on which reminders may come", field="quiet")
    if digest == Digest.WEEKLY and weekday in quiet:
        raise InvalidInput("is a quiet day: choose another for the digest", field="weekday")
    if time_zone and not is_zone(time_zone):
        raise InvalidInput("is not known: use a name like Europe/Amsterdam", field="time_zone")
    return {
        "digest": digest,
        "weekday": weekday if digest == Digest.WEEKLY else 0,
        "quiet_days": sum(1 << day for day in set(quiet)),
        "time_zone": time_zone,
    }


def _changed(row: MailPreference, columns: dict[str, str | int], trail: Trail) -> bool:
    """Set what differs and record it, in words for the days."""
    changes = Changes(row)
    for name, value in columns.items():
        changes.set(name, value)
    if not changes.fields:
        return False
    for place, name in enumerate(changes.fields):
        changes.old[place] = _word(name, changes.old[place])
        changes.new[place] = _word(name, changes.new[place])
    trail.add(
        Event.PREFERENCE_CHANGED,
        _subject(row.email),
        fields=changes.fields,
        old=changes.old,
        new=changes.new,
    )
    return True


def _word(name: str, value: str | int | None) -> str | int | None:
    if name == "weekday" and isinstance(value, int):
        return MONDAY_TO_SUNDAY[value]
    if name == "quiet_days" and isinstance(value, int):
        return ", ".join(day for bit, day in enumerate(MONDAY_TO_SUNDAY) if value & 1 << bit)
    return value


def _subject(email: str) -> Person | Account | Subject:
    person = Person.objects.filter(email=email).first()
    account = Account.objects.filter(email=email).first()
    return person or account or Subject("person", name=email)
