"""Integrations as their list shows them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from tokens.models import Integration


def integrations(q: str = "") -> QuerySet[Integration]:
    """Integrations with their contacts, filtered by a part of name, description or owner."""
    found = Integration.objects.select_related("owner", "second_contact")
    if q:
        asked = Q(name__icontains=q) | Q(description__icontains=q) | Q(owner__email__icontains=q)
        found = found.filter(asked)
    return found
