"""What several parts of one page need, asked once per request.

A request that changes something asks anew each time: what it read before it wrote is of before.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from tokens.policy.book import Book
from tokens.selectors.kept import Standing, standing
from tokens.selectors.search import Matches
from tokens.services.policy_in_force import rules_in_force
from tokens.web.access import SAFE_METHODS

_RULES = "_rules_in_force"


def rules_of(request: HttpRequest) -> Book:
    """The policies in force, as the view and the shell around it both need them."""
    if request.method not in SAFE_METHODS:
        return rules_in_force()
    found = getattr(request, _RULES, None)
    if found is None:
        found = rules_in_force()
        setattr(request, _RULES, found)
    return found


def standing_of(request: HttpRequest, now: datetime) -> Standing:
    """How the facts stand: read with the session, before anything that is kept under it."""
    session = request.session
    if request.method in SAFE_METHODS and getattr(session, "was_read", False):
        return Standing(session.head, session.swept, now)  # type: ignore[attr-defined]
    return standing(now)[0]


def standing_and_named(request: HttpRequest, now: datetime, text: str) -> tuple[Standing, Matches]:
    """The same, and whose names contain the words of `text`: no query where there are no words."""
    return standing(now, text) if text.split() else (standing_of(request, now), Matches())
