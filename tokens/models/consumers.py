"""What uses an integration's tokens, and which of it has gone over from a replaced one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified
from tokens.models.inventory import NAME_LENGTH, Integration
from tokens.models.tokens import Token
from tokens.policy.vocabulary import Environment

WHERE_LENGTH = 500


class Consumer(Identified):
    """A job, server or person that reads an integration's tokens; kept when it is retired.

    `environment` is empty where it uses the tokens of both.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="consumers")
    name = models.CharField(max_length=NAME_LENGTH)
    where = models.CharField(max_length=WHERE_LENGTH, blank=True, default="")
    environment = models.CharField(max_length=11, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "name"],
                condition=Q(retired_at__isnull=True),
                name="consumer_named_once",
            ),
            models.CheckConstraint(
                condition=Q(environment__in=["", *(word.value for word in Environment)]),
                name="consumer_environment_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_name(self) -> str:
        return f"{self.name} of {self.integration.name}"


class ConsumerSwitch(Identified):
    """Somebody says: since `at` this consumer uses what replaced `token`."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="switches")
    consumer = models.ForeignKey(Consumer, on_delete=models.CASCADE, related_name="switches")
    at = models.DateTimeField()
    by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "consumer"], name="consumer_switched_once"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} switched"
