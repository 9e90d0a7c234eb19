"""What is let into an entry: short, printable, and nothing that looks like a secret of ours.

Entries are kept for good, so this is the last place to stop a token that somebody pasted into a
name or a reason. It masks, and never raises with the text.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from tokens.audit.chain import moment
from tokens.audit.events import Event, allowed_facts

STRING_LENGTH = 500
LIST_LENGTH = 500
MASK = "[hidden]"

# The vendor's shape, our own key header and bearer values; a hint such as sk_live_…1a2b stays.
_SECRET = re.compile(
    r"(?i:sk_(?:live|test)_)[A-Za-z0-9_\-]{6,}"
    r"|\bsk_[a-z]+_[A-Za-z0-9_\-]{6,}"
    r"|\bwhsec_[A-Za-z0-9+/=]{6,}"
    # Our own: keys of scripts and integrations, links to calendars.
    r"|\bct(?:gk?|c)_[A-Za-z0-9_-]{20,}"
    r"|(?i:\b(?:bearer|api-key)\s+[^\s\"']{8,})"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


class UndeclaredFact(TypeError):
    """A fact that its event does not declare, or of a kind that entries do not hold."""


def clean_text(text: str, *, length: int = STRING_LENGTH) -> str:
    """One line of at most `length` characters, with secrets masked before anything is cut."""
    text = _CONTROL.sub(" ", _SECRET.sub(MASK, text)).strip()
    return text if len(text) <= length else text[: length - 1] + "…"


def clean_data(event: Event, data: Mapping[str, object]) -> str:
    """The facts as canonical JSON: sorted names, ASCII, no spaces. Raises UndeclaredFact."""
    undeclared = data.keys() - allowed_facts(event)
    if undeclared:
        raise UndeclaredFact(f"{event} does not declare {', '.join(sorted(undeclared))}")
    cleaned = {name: _clean(event, name, value) for name, value in data.items()}
    return json.dumps(cleaned, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _clean(event: Event, name: str, value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        cleaned = [_clean_scalar(event, name, item) for item in items[:LIST_LENGTH]]
        more = len(items) - len(cleaned)
        return [*cleaned, f"… and {more} more"] if more else cleaned
    return _clean_scalar(event, name, value)


def _clean_scalar(event: Event, name: str, value: object) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, UUID | date):
        return str(value)
    raise UndeclaredFact(f"{event}: {name} cannot hold a {type(value).__name__}")
