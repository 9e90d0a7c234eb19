"""The second factor at the sign-in: which codes may count at a moment, and for how long.

Codes are those of RFC 6238 (six digits, every 30 seconds, SHA-1, which every authenticator
speaks). A clock may be one step off. A step that was used counts never again.
"""

from datetime import datetime, timedelta

STEP_SECONDS = 30
DRIFT_STEPS = 1
DIGITS = 6
RECOVERY_CODES = 10
#: How long after the password the code may come.
PENDING = timedelta(minutes=5)


def steps(now: datetime) -> tuple[int, ...]:
    """The steps whose codes are looked at, the likeliest first."""
    present = int(now.timestamp()) // STEP_SECONDS
    return (present, *(present + sign * DRIFT_STEPS for sign in (-1, 1)))


def plain(given: str) -> str:
    """What somebody typed, without the blanks and dashes that codes are written with."""
    return "".join(char for char in given.lower() if char.isalnum())


def looks_like_totp(given: str) -> bool:
    """Six digits; anything else may be a recovery code."""
    return len(given) == DIGITS and given.isascii() and given.isdigit()


def is_pending(since: datetime, now: datetime) -> bool:
    """Whether a password that was given at `since` still waits for its code."""
    return timedelta(0) <= now - since < PENDING
