"""Days are UTC days: when a token is due, how many days are left, how old it is.

Source: shared/interfaces.md, "Days". No zone ever shifts a due day: a moment counts for the UTC
date that it falls on, so neither daylight saving nor the reader's clock moves it.
"""

from datetime import UTC, date, datetime, time, timedelta

from tokens.policy.settings import Rules


def utc_day(moment: datetime) -> date:
    """The UTC date that an aware moment falls on.

    Raises ValueError for a naive one, which Python would silently read as local time.
    """
    if moment.tzinfo is UTC:  # as all do that come out of the database
        return moment.date()
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no UTC day")
    return moment.astimezone(UTC).date()


def midnight(day: date) -> datetime:
    """The midnight UTC that opens a day."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def due_at(
    *,
    issued_at: datetime | None,
    stored_at: datetime,
    rules: Rules,
    compromised_at: datetime | None = None,
) -> datetime:
    """The midnight UTC that opens the day a token has to be rotated on.

    Issue day + `rotate_days`. Where nobody knows the issue day, storing day + `warn_days`: such a
    token may be of any age, so it is due as soon as a warning would leave time to act. A
    compromised one is due on the day on which that was recorded at the latest, whatever the rules.
    """
    if issued_at is not None:
        due = midnight(utc_day(issued_at) + timedelta(days=rules.rotate_days))
    else:
        due = midnight(utc_day(stored_at) + timedelta(days=rules.warn_days))
    return due if compromised_at is None else min(due, midnight(utc_day(compromised_at)))


def days_left(due_at: datetime, now: datetime) -> int:
    """Whole UTC days until the due day: 0 throughout that day, negative from the next one on."""
    return (utc_day(due_at) - utc_day(now)).days


def age_days(*, issued_at: datetime | None, stored_at: datetime, now: datetime) -> int:
    """Age in whole UTC days, never below 0 (an issue day may be tomorrow in the issuer's zone).

    Where the issue day is unknown it counts from storing, and pages say "at least".
    """
    since = stored_at if issued_at is None else issued_at
    return max(0, (utc_day(now) - utc_day(since)).days)
