"""Integrations as their list shows them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from tokens.models import Integration
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.within import integrations_within


def integrations(q: str = "", reach: Reach = EVERYTHING) -> QuerySet[Integration]:
    """Integrations with their contacts, filtered by a part of name, description or owner."""
    found = integrations_within(reach).select_related("owner", "second_contact")
    if q:
        asked = Q(name__icontains=q) | Q(description__icontains=q) | Q(owner__email__icontains=q)
        found = found.filter(asked)
    return found
