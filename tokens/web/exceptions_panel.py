"""The exceptions of one token, as its page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from tokens.models import PolicyException, Token
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Standing
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import State
from tokens.selectors.exceptions import listed
from tokens.web.access import may
from tokens.web.exception_words import Line, lines

SHOWN = 5


@dataclass(frozen=True, slots=True)
class ExceptionsPanel:
    """The latest of them; `may_ask`: the reader may ask for one now."""

    lines: list[Line]
    more: bool
    may_ask: bool


def exceptions_panel(
    request: HttpRequest, token: Token, now: datetime, all_of_it: Sequence[PolicyException]
) -> ExceptionsPanel:
    """`all_of_it`: every exception of the token, the latest first; no query."""
    found = listed(all_of_it, utc_day(now))
    waits = any(each.standing is Standing.WAITING for each in found)
    open_now = token.state != State.REVOKED.value and not waits
    may_ask = open_now and may(request.user, Permission.EXCEPT, token.company_id)
    return ExceptionsPanel(lines(found[:SHOWN]), len(found) > SHOWN, may_ask)
