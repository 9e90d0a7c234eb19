"""What is shared between companies, as somebody sees it who does not reach all of them.

One value may stand in several rows, one integration may work for several companies. That others
have it too is said; which, to nobody who does not see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tokens.models import Revocation, Token
from tokens.policy.roles import Reach
from tokens.selectors.within import inside, tokens_within

#: Of a value that so many others share nobody says that all have left it.
SHARED_BY = 20
#: Facts of audit entries that name or count other tokens, of whatever company.
OF_OTHERS = frozenset({"others_accepted", "suspects", "rows"})


def told(facts: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """What an entry's facts say to somebody who reaches all companies (`whole`), or some alone."""
    return facts if whole else {name: fact for name, fact in facts.items() if name not in OF_OTHERS}


@dataclass(frozen=True, slots=True)
class Beside:
    """Other rows of a token's value: `seen` with company and integration, up to SHARED_BY;
    `unseen`: there are some out of reach, too. `every` is for rules, never to be shown."""

    seen: Sequence[Token]
    unseen: bool
    every: Sequence[Token]


def beside(token: Token, reach: Reach, others: Sequence[Token] | None = None) -> Beside:
    """Whatever is done to the value is done to these; one query, two where not all is in reach.

    `others`: the first SHARED_BY of them, with company and integration, where they were read.
    """
    every = others_of(token) if others is None else others
    if reach.whole:
        return Beside(every, False, every)
    seen = [other for other in every if reach.includes(other.company_id)]
    return Beside(seen, not covers_value(token.secret_id, reach), every)


def others_of(token: Token) -> list[Token]:
    others = Token.objects.filter(secret_id=token.secret_id).exclude(pk=token.pk)
    return list(others.select_related("company", "integration").order_by("pk")[:SHARED_BY])


def covers_value(secret_id: UUID, reach: Reach) -> bool:
    """Whether every row of this value is within it, so that the value itself may be acted upon."""
    return _covers(reach, secret=secret_id)


def covers_integration(integration_id: UUID, reach: Reach) -> bool:
    """Whether no company out of it uses this integration."""
    return _covers(reach, integration=integration_id)


def _covers(reach: Reach, **condition: UUID) -> bool:
    return reach.whole or not Token.objects.filter(**condition).exclude(inside(reach)).exists()


def witnesses_of(revocation: Revocation, reach: Reach) -> list[dict[str, str]]:
    """The tokens within reach that worked while the revoked one was refused."""
    named: list[dict[str, str]] = revocation.witnesses
    if reach.whole or not named:
        return named
    ids = [witness["id"] for witness in named]
    seen = set(map(str, tokens_within(reach).filter(pk__in=ids).values_list("pk", flat=True)))
    return [witness for witness in named if witness["id"] in seen]
