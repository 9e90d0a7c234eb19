"""Finding what an address names."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from tokens.models import Token

RELATED = (
    "secret", "secret__revocation", "secret__compromise", "company",
    "integration__second_contact", "owner",
    "created_by", "replacement",
)  # fmt: skip


def token_or_404(token_id: UUID) -> Token:
    """The token with everything that a page says of it, in one query."""
    token = Token.objects.select_related(*RELATED).filter(pk=token_id).first()
    if token is None:
        raise Http404("no such token")
    return token
