"""Putting a token's reminders off for a while: how long that may be, and while it lasts.

Source: issue 3, "Reminders people keep". A snooze quiets reminders of rotation alone: flags, tasks
and alerts stay. Days are UTC days.
"""

from datetime import date, datetime, timedelta

from tokens.policy.days import midnight, utc_day

#: So many days ahead at most, and so many days past the due day or, once overdue, past today.
LONGEST = 30
PAST_DUE = 7


def is_snoozed(until: date | None, today: date) -> bool:
    """Whether reminders are off: up to and including the day `until`."""
    return until is not None and today <= until


def back_at(until: date) -> datetime:
    """The midnight UTC from which on reminders come again."""
    return midnight(until + timedelta(days=1))


def latest_end(due_at: datetime, now: datetime) -> date:
    """The last day that a snooze begun now may have.

    At most 30 days ahead, and no more than 7 days past the due day: nobody puts an overdue token
    off for longer than a week at a time.
    """
    today = utc_day(now)
    return min(
        today + timedelta(days=LONGEST), max(utc_day(due_at), today) + timedelta(days=PAST_DUE)
    )
