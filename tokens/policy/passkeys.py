"""Passkeys at the sign-in: how long a question may be answered, and what a counter may do.

Source: W3C Web Authentication, Level 3, sections 7.1 and 7.2.
"""

from datetime import datetime, timedelta

#: How long after it was asked a challenge may be answered.
ANSWER = timedelta(minutes=5)
#: More than this nobody tells apart.
MOST = 10


def is_answerable(asked_at: datetime, now: datetime) -> bool:
    """Whether a challenge of `asked_at` may still be answered; one from the future may not."""
    return timedelta(0) <= now - asked_at < ANSWER


def counts_on(stored: int, given: int) -> bool:
    """Whether a counter went on as it must. 0 after 0: this kind of passkey does not count.

    Anything else that did not grow means that somebody may have copied the device.
    """
    return given > stored or given == stored == 0
