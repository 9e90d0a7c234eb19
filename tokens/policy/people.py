"""When people lose their access, and what follows for the tokens that they own or created.

Source: issue 3, "People leave". A token has the permissions of the user who generated it
(coolset-api.md, "Authentication"), so it changes when that user goes, whoever owns it.
"""

from datetime import date, timedelta

#: To do names who is leaving from so many days ahead.
LEAVING_DAYS = 30


def gone_from(leaving_on: date | None, left_on: date | None) -> date | None:
    """The first UTC day without access; None where nobody said that they go.

    leaving_on: the last day with access. left_on: a day on which they had left already.
    """
    if leaving_on is None:
        return left_on
    after = leaving_on + timedelta(days=1)
    return after if left_on is None else min(after, left_on)


def is_gone(gone: date | None, today: date) -> bool:
    """Whether somebody with that first day without access has none today (UTC)."""
    return gone is not None and gone <= today


def is_leaving_soon(leaving_on: date | None, left_on: date | None, today: date) -> bool:
    """Whether the last day of access is today or near enough to be a task, and not over yet."""
    if leaving_on is None or is_gone(gone_from(leaving_on, left_on), today):
        return False
    return leaving_on <= today + timedelta(days=LEAVING_DAYS)
