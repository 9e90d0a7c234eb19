"""What would happen to each token of a selection, before anything does."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict

from tokens.errors import InvalidInput
from tokens.models import Token
from tokens.models.bulk import among
from tokens.policy.book import InForce
from tokens.policy.bulk import SKIP_WORDS, TOUCHES_VALUES, BulkAction, Skip, skipped
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.within import inside, tokens_within
from tokens.services.bulk.facts import Passed, facts_of, read

#: As many as one go may take, by what it costs: a page answers within half a minute.
MOST = 20_000
MOST_REVOCATIONS = 5_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Named tokens, or all that a filter of the inventory finds when it is looked at."""

    ids: tuple[UUID, ...] = ()
    query: str | None = None

    @classmethod
    def of_filter(cls, given: Mapping[str, Any], *, all_states: bool = False) -> Selection:
        """All that these filters find. Raises InvalidInput naming the filter."""
        return cls(query=Filters.parse(given, all_states=all_states).query())

    def token_ids(
        self, rules: InForce, now: datetime, most: int = MOST, reach: Reach = EVERYTHING
    ) -> list[UUID]:
        """The tokens as of now, within reach. Raises InvalidInput for more than `most`."""
        found = list(self.ids)
        if not reach.whole and found:
            seen = set(
                tokens_within(reach).filter(pk__in=among(found)).values_list("pk", flat=True)
            )
            found = [pk for pk in found if pk in seen]
        if self.query is not None:
            asked = Filters.parse(QueryDict(self.query))
            matching = inventory(asked, rules, now, tokens_within(reach))
            found = list(matching.order_by("pk").values_list("pk", flat=True)[: most + 1])
        if len(found) > most:
            raise InvalidInput(f"holds more than {most} tokens; narrow it", field="selection")
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """One token of the preview; `skip` is None where the act would be done to it."""

    token: Token
    skip: Skip | None

    @property
    def why(self) -> str:
        """Why it is passed over, as the end of a sentence."""
        return SKIP_WORDS[self.skip] if self.skip else ""


@dataclass(frozen=True, slots=True)
class Preview:
    """All tokens of a selection, those that the act would be done to first.

    `mark` is the same only for the same tokens and the same owner or policy: what was looked at is
    what is confirmed.
    `others` are rows beside these that would be revoked with them, since they hold the same value.
    """

    lines: tuple[Line, ...]
    wanted: str | None = None
    others: int = 0

    @property
    def ids(self) -> list[UUID]:
        """The tokens that the act would be done to."""
        return [line.token.pk for line in self.lines if line.skip is None]

    @property
    def passed(self) -> list[Passed]:
        """Those that it would pass over."""
        return [
            Passed(line.token.pk, str(line.token), line.skip)
            for line in self.lines
            if line.skip is not None
        ]

    @property
    def reasons(self) -> Counter[Skip]:
        return Counter(each.why for each in self.passed)

    @property
    def mark(self) -> str:
        whole = " ".join([*sorted(pk.hex for pk in self.ids), self.wanted or ""])
        return hashlib.sha256(whole.encode()).hexdigest()[:32]


def preview(
    *,
    action: BulkAction,
    selection: Selection,
    rules: InForce,
    now: datetime,
    wanted: str | None = None,
    reach: Reach = EVERYTHING,
) -> Preview:
    """What the act would do now within reach. Reads only.

    Raises InvalidInput for too large a selection.
    """
    most = MOST_REVOCATIONS if action is BulkAction.REVOCATION else MOST
    ids = selection.token_ids(rules, now, most, reach)
    beyond = _beyond(ids, reach) if action in TOUCHES_VALUES else frozenset()
    lines = [
        Line(
            token,
            Skip.OUT_OF_SIGHT
            if token.secret_id in beyond
            else skipped(action, facts_of(token), now, wanted=wanted),
        )
        for token in read(ids).defer("sealed").iterator(chunk_size=2000)
    ]
    found = Preview(tuple(sorted(lines, key=lambda line: line.skip is not None)), wanted)
    if action is not BulkAction.REVOCATION:
        return found
    return replace(found, others=_others(found.ids))


def _beyond(token_ids: list[UUID], reach: Reach) -> frozenset[UUID]:
    """Values of these that are stored in a company out of reach too."""
    if reach.whole:
        return frozenset()
    secrets = Token.objects.filter(pk__in=among(token_ids)).values("secret")
    rows = Token.objects.filter(secret__in=secrets).exclude(inside(reach))
    return frozenset(rows.values_list("secret", flat=True))


def _others(token_ids: list[UUID]) -> int:
    secrets = Token.objects.filter(pk__in=among(token_ids)).values("secret")
    rows = Token.objects.filter(secret__in=secrets).exclude(state=State.REVOKED.value)
    return rows.exclude(pk__in=among(token_ids)).count()
