"""What the product knows of itself: keys for integrations, incidents, its pulse."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified
from tokens.models.inventory import Integration


class UsageKey(Identified):
    """A key of one integration, good for reporting use of its tokens. Only its hash is kept."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="keys")
    hint = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.hint} of {self.integration}"


class Incident(Identified):
    """The vendor failed or refused many tokens together: while it is open no refusal counts."""

    begun_at = models.DateTimeField()
    last_bad_at = models.DateTimeField()
    watched = models.PositiveIntegerField()
    bad = models.PositiveIntegerField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        ordering = ("-begun_at",)
        constraints = [
            models.UniqueConstraint(
                models.Case(models.When(ended_at__isnull=True, then=1)), name="incident_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by=""), name="incident_ended_when"
            ),
        ]

    def __str__(self) -> str:
        return f"incident of {self.begun_at:%Y-%m-%d %H:%M} UTC"


class KeyRecord(models.Model):
    """A key that this database lives with: what says whether another one is the same, no secret.

    `fingerprint` for FINGERPRINT_KEY; `vault:<id>` holds the public half of the vault's key.
    """

    name = models.CharField(max_length=80, primary_key=True)
    value = models.CharField(max_length=64)
    first_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Pulse(models.Model):
    """When a part of the product last did its work well: `sweep`, `beat`, `remind`, `mail`."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Tally(Identified):
    """How often something happened, for /metrics: `name` in the words of services.tally, `label`
    of which kind, `at` when it last did. It only grows; what is lost with a database that is away
    is not made up for."""

    name = models.CharField(max_length=30)
    label = models.CharField(max_length=60, blank=True, default="")
    count = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "label"], name="tally_once"),
            models.CheckConstraint(condition=Q(count__gte=0), name="tally_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.label}".rstrip()
