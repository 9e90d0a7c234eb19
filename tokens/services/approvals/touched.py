"""What a request touches: tokens, and the companies of all rows that hold their values."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from tokens.models import Approval, Token
from tokens.models.bulk import among


def tokens_of(approval: Approval) -> list[UUID]:
    """The tokens whose revocation is asked for, sorted; none for a key."""
    if approval.token_id is not None:
        return [approval.token_id]
    return [UUID(text) for text in approval.details.get("tokens", ())]


def companies_touched(token_ids: Collection[UUID]) -> frozenset[UUID]:
    """The companies of these tokens and of every other row of the same values; one query."""
    if not token_ids:
        return frozenset()
    rows = Token.objects.filter(secret__tokens__pk__in=among(token_ids))
    return frozenset(rows.values_list("company_id", flat=True))
