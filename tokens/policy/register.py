"""What a token value must look like, what may be shown of it, and what looks like one.

Source: shared/coolset-api.md, "Authentication"; shared/interfaces.md, `hint` and `q`. Everything
that a form or an import needs of fields.py is importable from here too.
"""

import re

from tokens.policy.fields import (
    PREFIXES,
    Invalid,
    clean_email,
    clean_label,
    clean_name,
    clean_text,
    clean_url,
    clean_where,
    has_prefixed_token,
    parse_issued_at,
    parse_word,
    parse_workspace_id,
)

__all__ = [
    "PREFIXES",
    "Invalid",
    "check_value",
    "clean_email",
    "clean_label",
    "clean_name",
    "clean_text",
    "clean_url",
    "clean_where",
    "has_prefixed_token",
    "hint",
    "is_value",
    "looks_like_token",
    "parse_issued_at",
    "parse_word",
    "parse_workspace_id",
]

SHORTEST = 8
LONGEST = 512
#: From this length on four characters may be shown, and a word of a search may be a token.
LONG = 20

_VISIBLE = re.compile(r"[!-~]*")
_TOKEN_WORD = re.compile(r"[A-Za-z0-9_-]{20,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
#: Words and numbers joined by dashes, as names of integrations are: `erp-connector-2026-north`.
_SLUG = re.compile(r"(?:[A-Za-z]+|[0-9]+)(?:[_-]+(?:[A-Za-z]+|[0-9]+))+")
_AROUND = "\"'`,;:()<>[]{}="


def check_value(value: str, field: str = "token") -> None:
    """Refuse what cannot be a token: 8 to 512 printable ASCII characters without spaces.

    Raises Invalid, whose text never repeats the value or any part of it. Nothing is trimmed here:
    a form that wants to forgive a pasted newline strips before.
    """
    if not SHORTEST <= len(value) <= LONGEST:
        raise Invalid(field, f"must have {SHORTEST} to {LONGEST} characters")
    if not _VISIBLE.fullmatch(value):
        raise Invalid(field, "must be printable ASCII without spaces")


def is_value(text: str) -> bool:
    """Whether a text can be a token at all."""
    return SHORTEST <= len(text) <= LONGEST and _VISIBLE.fullmatch(text) is not None


def hint(value: str) -> str:
    """What pages may show of a value: the vendor's prefix, and the last four if it is long."""
    prefix = next((each for each in PREFIXES if value.startswith(each)), "")
    return f"{prefix}…{value[-4:] if len(value) >= LONG else ''}"


def looks_like_token(text: str) -> bool:
    """Whether a search text may hold a token, which then must not stay in an address.

    A known prefix with anything after it, or a word of 20 or more of [A-Za-z0-9_-] with both a
    letter and a digit. Ids of ours (UUIDs) and plain names made of words and numbers are none.
    """
    return has_prefixed_token(text) or any(
        _is_token_word(word.strip(_AROUND)) for word in text.split()
    )


def _is_token_word(word: str) -> bool:
    if not _TOKEN_WORD.fullmatch(word) or _UUID.fullmatch(word) or _SLUG.fullmatch(word):
        return False
    return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)
