"""Keys with which scripts call our API. Only their hash is kept."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tokens.models.base import Identified

NAME_LENGTH = 100


class ApiKey(Identified):
    """What a script may do, and until when. `permissions` are words of policy.roles.Permission."""

    name = models.CharField(max_length=NAME_LENGTH)
    permissions = models.JSONField(default=list)
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

    def __str__(self) -> str:
        return f"{self.name} {self.hint}"
