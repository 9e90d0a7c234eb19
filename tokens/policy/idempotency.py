"""Calls that may be sent twice and act once: what a key looks like, and how long it counts.

Source: the draft "The Idempotency-Key HTTP Header Field" of the IETF's httpapi group.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from tokens.policy.fields import Invalid

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_KEY = re.compile(r"[!-~]{1,200}")


def check_key(text: str) -> None:
    """Refuse what is no key. Raises Invalid, which does not repeat it."""
    if not _KEY.fullmatch(text):
        raise Invalid(HEADER, "must be 1 to 200 printable ASCII characters without spaces")


def canonical(body: Any) -> str:
    """The same text for the same JSON, whatever its order and spaces."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))
