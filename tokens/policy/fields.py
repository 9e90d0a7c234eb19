"""Reading what people type or import: names, addresses, dates, words.

Source: shared/interfaces.md, "Import CSV". No message ever repeats the input: whoever slips by a
column puts a token into it.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from tokens.policy.days import midnight, utc_day

NAME_LENGTH = 200
LABEL_LENGTH = 100
WHERE_LENGTH = 1000
URL_LENGTH = 500
EMAIL_LENGTH = 254
_BIGGEST_ID = 2**63 - 1

#: The vendor's prefixes as documented; other shapes are unknown.
PREFIXES = ("sk_live_", "sk_test_")
#: Our own secrets, which are no less one in a name that everybody reads: keys of scripts and of
#: integrations, links to calendars, signing secrets of webhooks.
_OWN = r"\bct(?:gk?|c)_[A-Za-z0-9_-]{20,}|\bwhsec_[A-Za-z0-9+/=]{20,}"
_PREFIXED = re.compile(rf"(?:{'|'.join(PREFIXES)})[!-~]|{_OWN}", re.IGNORECASE)

_LOCAL = r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_LOCAL}@(?:localhost|(?:{_LABEL}\.)+{_LABEL})", re.ASCII)

#: Control, surrogate, line and paragraph separator; and the marks that turn text around, with
#: which one name can be made to look like another.
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Word = TypeVar("Word", bound=StrEnum)


class Invalid(ValueError):
    """One field that cannot be taken, by its name and a reason that does not repeat the value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def has_prefixed_token(text: str) -> bool:
    """Whether a token with the vendor's prefix, or a secret of ours, stands in a text; a hint
    (`sk_live_…1a2b`) is none."""
    return _PREFIXED.search(text) is not None


def clean_text(
    text: str, field: str, maximum: int, *, required: bool = False, lines: bool = False
) -> str:
    """The text without blanks around it, up to `maximum` characters; `lines` allows several.

    Raises Invalid; a token in a field that is stored and shown in the open is refused too.
    """
    text = text.strip()
    if required and not text:
        raise Invalid(field, "is required")
    if len(text) > maximum:
        raise Invalid(field, f"is longer than {maximum} characters")
    probe = re.sub(r"\r?\n|\t", " ", text) if lines else text
    if any(unicodedata.category(char) in _FORBIDDEN or char in _TURNING for char in probe):
        raise Invalid(field, "contains control characters")
    if has_prefixed_token(text):
        raise Invalid(field, "contains a token, which belongs into the token field alone")
    return text


def clean_name(text: str, field: str = "name") -> str:
    """A required name of up to 200 characters. Raises Invalid."""
    return clean_text(text, field, NAME_LENGTH, required=True)


def clean_label(text: str, field: str = "label") -> str:
    """An optional label of up to 100 characters. Raises Invalid."""
    return clean_text(text, field, LABEL_LENGTH)


def clean_where(text: str, field: str = "where") -> str:
    """Where the secret lives and how to restart what reads it; may have lines. Raises Invalid."""
    return clean_text(text, field, WHERE_LENGTH, lines=True)


def clean_url(text: str, field: str = "runbook_url") -> str:
    """An optional http(s) address without credentials; others could run code. Raises Invalid."""
    text = clean_text(text, field, URL_LENGTH)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        fine = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        fine = False
    if not fine or not text.isprintable() or " " in text:
        raise Invalid(field, "is not an http or https address")
    return text


def clean_email(text: str, field: str = "owner_email") -> str:
    """An address in lower case; empty stays empty. Raises Invalid.

    A check of shape only: whether mail arrives is known when it was accepted.
    """
    text = clean_text(text, field, EMAIL_LENGTH).lower()
    if text and not _EMAIL.fullmatch(text):
        raise Invalid(field, "is not an e-mail address")
    return text


def parse_issued_at(text: str, now: datetime, field: str = "issued_at") -> datetime | None:
    """An ISO 8601 date (midnight UTC) or date-time (UTC unless it says otherwise); empty: None.

    Raises Invalid for anything else, and for a UTC day after tomorrow's.
    """
    moment = parse_moment(text, field)
    if moment is not None and utc_day(moment) > utc_day(now) + timedelta(days=1):
        raise Invalid(field, "lies after tomorrow (UTC)")
    return moment


def parse_moment(text: str, field: str) -> datetime | None:
    """An ISO 8601 date (midnight UTC) or date-time (UTC unless it says otherwise); empty: None."""
    text = text.strip()
    if not text:
        return None
    try:
        return _parse_iso(text)
    except (ValueError, OverflowError):
        raise Invalid(field, "is not an ISO 8601 date or date-time") from None


def _parse_iso(text: str) -> datetime:
    try:
        return midnight(date.fromisoformat(text))
    except ValueError:
        moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_word(text: str, words: type[Word], field: str) -> Word:
    """One word of a closed vocabulary. Raises Invalid, which names those allowed."""
    try:
        return words(text.strip().lower())
    except ValueError:
        raise Invalid(field, "is not one of " + ", ".join(words)) from None


def parse_workspace_id(text: str, field: str = "workspace_id") -> int | None:
    """A positive whole number; empty: None. Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= _BIGGEST_ID):
        raise Invalid(field, "is not a positive whole number")
    return int(text)
