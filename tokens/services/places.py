"""One active token per integration, company, environment, scope and label."""

from collections.abc import Collection
from uuid import UUID

from tokens.errors import AlreadyKnown
from tokens.models import Token
from tokens.models.tokens import PLACE
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks
from tokens.services.known_values import place_of

_COLUMNS = [f"{name}_id" if name in {"integration", "company"} else name for name in PLACE]
Pair = tuple[UUID, UUID]


class Places:
    """Places taken by active tokens: by those stored, and by those of this batch."""

    def __init__(self) -> None:
        self._asked: set[Pair] = set()
        self._taken: dict[tuple[object, ...], int | None] = {}

    def expect(self, pairs: Collection[Pair]) -> None:
        """Look up what is taken in these pairs of (integration id, company id)."""
        missing = set(pairs) - self._asked
        integrations = {integration for integration, _ in missing}
        for companies in chunks({company for _, company in missing}):
            for some in chunks(integrations):
                rows = Token.objects.filter(
                    state=State.ACTIVE.value, integration_id__in=some, company_id__in=companies
                ).values_list(*_COLUMNS)
                self._taken.update((row, None) for row in rows)
        self._asked |= missing

    def take(self, token: Token, line: int | None) -> None:
        """Take the token's place. Raises AlreadyKnown, naming `label`: it would tell them apart."""
        # What is not stored yet cannot have tokens.
        if not (token.integration._state.adding or token.company._state.adding):
            self.expect([(token.integration_id, token.company_id)])
        place = tuple(getattr(token, column) for column in _COLUMNS)
        if place in self._taken:
            other = self._taken[place]
            where = place_of(token) if other is None else f"the same place as in line {other}"
            raise AlreadyKnown(
                f"must differ, an active token of this scope is there already: {where}",
                field="label",
            )
        self._taken[place] = line
