"""What a passkey is asked, and what the session keeps of it until the answer comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokens.models import Account
from tokens.policy.passkeys import is_answerable


@dataclass(frozen=True, slots=True)
class Question:
    """`options`: what the browser is asked, as JSON. `kept`: what the session keeps of it, for one
    answer."""

    options: dict[str, Any]
    kept: dict[str, Any]


def kept_of(state: dict[str, Any], purpose: str, account: Account, now: datetime) -> dict[str, Any]:
    """What a session keeps: for one purpose, one account, and a while."""
    return {"state": state, "for": purpose, "of": str(account.pk), "at": now.isoformat()}


def is_asked(kept: dict[str, Any] | None, purpose: str, account: Account, now: datetime) -> bool:
    """Whether this was asked, of this account, and not too long ago."""
    return (
        kept is not None
        and (kept["for"], kept["of"]) == (purpose, str(account.pk))
        and is_answerable(datetime.fromisoformat(kept["at"]), now)
    )
