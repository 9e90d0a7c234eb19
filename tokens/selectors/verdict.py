"""The one thing that matters about a token now, and why we are sure."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Flag, Health, State
from tokens.selectors.compromise import compromised_verdict
from tokens.selectors.facts import Row, one
from tokens.selectors.verdict_refused import Trail, refused_verdict, suspected_verdict
from tokens.selectors.verdict_revoked import revoked_verdict
from tokens.selectors.verdict_shape import Change, Verdict
from tokens.selectors.verdict_standing import standing_verdict
from tokens.selectors.wrong_target import WrongTarget

__all__ = ["Change", "Verdict", "WrongTarget", "verdict"]


def verdict(
    token: Token,
    rules: Rules,
    now: datetime,
    row: Row | None = None,
    *,
    reach: Reach = EVERYTHING,
    trail: Trail | None = None,
) -> Verdict:
    """The verdict on `token` (with its secret, company and integration at hand).

    `row` and `trail` save a query each where the caller has read them. What lies out of `reach` is
    neither named nor counted. A token that is gone raises DoesNotExist.
    """
    row = row or one(token.pk, rules, now)
    if row is None:
        raise Token.DoesNotExist
    if row.state == State.REVOKED.value:
        return revoked_verdict(token, row, now, reach)
    if Flag.COMPROMISED.value in row.flags:
        return compromised_verdict(token, row, now, reach)
    if row.health == Health.FAILING.value:
        return refused_verdict(token, row, now, reach, trail)
    if token.secret.suspect_since is not None:
        return suspected_verdict(token, row, token.secret.suspect_since, now, trail)
    return standing_verdict(row, rules, now)
