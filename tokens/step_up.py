"""When somebody last proved who they are, kept in the session; for pages and API.

The times are of the server, so nothing that a browser sends can make them younger. A session of
before this rule has none and is asked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokens.policy.step_up import OPEN_FORM, is_fresh, may_send

_PROVED, _OPENED = "proved_at", "opened_at"
#: So many open forms are remembered per session; the oldest is forgotten first.
_FORMS = 20


def note_proof(session: Any, now: datetime) -> None:
    """A password was given just now."""
    session[_PROVED] = now.isoformat()


def forget_proof(session: Any) -> None:
    """Nobody proved anything just now: a provider let somebody through on an older sign-in."""
    session.pop(_PROVED, None)


def note_opened(session: Any, path: str, now: datetime) -> None:
    """The form at this path was opened with a fresh proof."""
    opened = {
        each: at
        for each, at in session.get(_OPENED, {}).items()
        if now - datetime.fromisoformat(at) < OPEN_FORM and each != path
    }
    kept = list(opened.items())[-(_FORMS - 1) :]
    session[_OPENED] = dict([*kept, (path, now.isoformat())])


def proved_lately(session: Any, now: datetime) -> bool:
    """Whether dangerous work may start."""
    return is_fresh(_moment(session.get(_PROVED)), now)


def form_may_be_sent(session: Any, path: str, now: datetime) -> bool:
    """Whether a form at this path may be sent now."""
    opened = _moment(session.get(_OPENED, {}).get(path))
    return may_send(proved_at=_moment(session.get(_PROVED)), opened_at=opened, now=now)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
