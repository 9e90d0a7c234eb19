"""Keys with which scripts call our API. Only their hash is kept."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from tokens.models.base import Identified
from tokens.policy.roles import Permission, Rights

NAME_LENGTH = 100


class ApiKey(Identified):
    """What a script may do, and until when. `permissions` are words of policy.roles.Permission.

    companies: the ids of those that it is bound to; null: the whole organisation.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    permissions = models.JSONField(default=list)
    companies = models.JSONField(null=True, default=None)
    hint = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at__isnull=True), name="api_key_one_name"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="api_key_ends_later"
            ),
        ]

    @cached_property
    def rights(self) -> Rights:
        """What it opens; a word that is no permission (any more) opens nothing."""
        may = frozenset(each for each in Permission if each.value in self.permissions)
        if self.companies is None:
            return Rights(everywhere=may)
        return Rights(companies={UUID(company): may for company in self.companies})

    def __str__(self) -> str:
        return f"{self.name} {self.hint}"
