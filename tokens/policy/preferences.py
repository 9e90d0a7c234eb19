"""When a person's reminders may go out: digest, quiet weekdays, time zone.

Source: issue 3, "Reminders people keep". Preferences delay and never skip: what waits stays on the
mail, a tighter threshold supersedes it, and whatever makes the mail leave takes along all of it.
They hold for reminders alone: alerts go out at once. The decisions and their reasons stand in
docs/decisions/0027-reminder-preferences.md.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tokens.policy.days import utc_day

#: Days of the week as `date.weekday()` counts them.
MONDAY_TO_SUNDAY = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip

#: From this hour of their own day on people are mailed.
OPENS_AT = time(7)

#: A weekly digest does not hold back what has so many days left: tomorrow, today or overdue.
URGENT = 1


class Digest(StrEnum):
    """How often at most: each time that something is due, once a day, once a week."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Preference:
    """What one person chose. weekday: of a weekly digest; days count from Monday, 0.

    quiet: days without reminders, never all seven. zone: an IANA name; an unknown one means UTC,
    so that a renamed zone delays a mail by hours and never loses it.
    """

    digest: Digest = Digest.NONE
    weekday: int = 0
    quiet: frozenset[int] = frozenset()
    zone: str = "UTC"


def is_zone(name: str) -> bool:
    """Whether a text is the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def send_from(
    preference: Preference | None,
    *,
    ready: datetime,
    threshold: int,
    last_sent: datetime | None = None,
) -> datetime:
    """From when on a reminder that was ready at `ready` may go out; `ready` without preference.

    What a UTC day asks for goes out from 07:00 of that date in the person's zone on. threshold:
    days left that it is about. last_sent: when this person's latest reminder went out, so that a
    digest comes once on its day.
    """
    if preference is None:
        return ready
    zone = _zone(preference)
    start = max(ready, _opening(utc_day(ready), zone))
    sent_on = _local_day(last_sent, zone) if last_sent and preference.digest != "none" else None
    first = _local_day(start, zone)
    for ahead in range(15):  # two weeks hold every weekday twice
        day = first + timedelta(days=ahead)
        if _suits(preference, day, threshold) and not (sent_on and day <= sent_on):
            return max(start, _opening(day, zone))
    return start


def held_until(
    preference: Preference | None,
    *,
    ready: datetime,
    threshold: int,
    now: datetime,
    last_sent: datetime | None = None,
) -> datetime:
    """`send_from`, and where that has passed without the mail being accepted: the next time at
    which this person may be mailed at all, so that a retry respects the night and quiet days."""
    first = send_from(preference, ready=ready, threshold=threshold, last_sent=last_sent)
    if preference is None or first > now:
        return first
    awake = _awake_from(preference, now)
    return first if awake <= now else awake


def is_awake(preference: Preference, now: datetime) -> bool:
    """Whether it is past 07:00 of today's UTC date for this person, on a day that is not quiet."""
    return _awake_from(preference, now) <= now


def opens_on(preference: Preference, day: date) -> datetime:
    """07:00 of that date in the person's zone."""
    return _opening(day, _zone(preference))


def _awake_from(preference: Preference, now: datetime) -> datetime:
    return send_from(
        Preference(quiet=preference.quiet, zone=preference.zone), ready=now, threshold=URGENT
    )


def _suits(preference: Preference, day: date, threshold: int) -> bool:
    if day.weekday() in preference.quiet:
        return False
    if preference.digest is Digest.WEEKLY and threshold > URGENT:
        return day.weekday() == _digest_day(preference)
    return True


def _digest_day(preference: Preference) -> int:
    """The day of a weekly digest, or the next one that is not quiet."""
    days = ((preference.weekday + ahead) % 7 for ahead in range(7))
    return next((day for day in days if day not in preference.quiet), preference.weekday)


def _zone(preference: Preference) -> ZoneInfo:
    return ZoneInfo(preference.zone if is_zone(preference.zone) else "UTC")


def _local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _opening(day: date, zone: ZoneInfo) -> datetime:
    """07:00 of that day there, in UTC: with what daylight saving makes of it on that day."""
    return datetime.combine(day, OPENS_AT, tzinfo=zone).astimezone(UTC)
