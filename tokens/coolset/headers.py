"""What the headers of an answer say about the rate limit (coolset-api.md, "Rate limit")."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tokens.policy.usage import RateHeaders

_NUMBER = re.compile(r"[0-9]{1,15}\Z", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?\Z", re.ASCII)
_EXPECTED = re.compile(
    r"Expected available in ([0-9]{1,15}(?:\.[0-9]{1,9})?) seconds?", re.IGNORECASE
)


def read_rate_headers(headers: Mapping[str, str]) -> RateHeaders | None:
    """The three X-RateLimit headers, or None where they are missing or make no sense.

    `headers` must look names up without regard to case. Sense: 0 <= remaining <= limit, limit > 0.
    """
    limit = _number(headers.get("X-RateLimit-Limit"))
    remaining = _number(headers.get("X-RateLimit-Remaining"))
    if limit is None or remaining is None or not limit > 0 or remaining > limit:
        return None
    return RateHeaders(limit, remaining, _number(headers.get("X-RateLimit-Reset")))


def read_retry_hints(
    headers: Mapping[str, str], detail: str | None, at: datetime
) -> tuple[datetime, ...]:
    """Every moment that a 429 names, in UTC, sane or not: the policy decides which to believe."""
    hints: list[datetime | None] = []
    after = headers.get("Retry-After", "").strip()
    hints.append(_later(at, after) if _SECONDS.match(after) else _http_date(after))
    reset = _number(headers.get("X-RateLimit-Reset"))
    hints.append(None if reset is None else _unix(reset))
    expected = _EXPECTED.search(detail or "")
    hints.append(_later(at, expected[1]) if expected else None)
    return tuple(hint for hint in hints if hint is not None)


def _number(text: str | None) -> int | None:
    if text is None or not _NUMBER.match(text.strip()):
        return None
    return int(text)


def _later(at: datetime, seconds: str) -> datetime | None:
    try:
        return at + timedelta(seconds=float(seconds))
    except OverflowError:
        return None


def _unix(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)  # an HTTP date is always GMT (RFC 9110, 5.6.7)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
