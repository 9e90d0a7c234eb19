"""Who used a secret, where a report or a log names them. Personal data: it goes in time."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified
from tokens.models.secrets import Usage
from tokens.policy.sightings import ADDRESS_LENGTH, AGENT_LENGTH


class Sighting(Identified):
    """One address and user agent, as one source saw them using a secret.

    The row without either stands for `folded` older pairs, once there are more than are kept.
    """

    usage = models.ForeignKey(Usage, on_delete=models.CASCADE, related_name="sightings")
    address = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    user_agent = models.CharField(max_length=AGENT_LENGTH, blank=True, default="")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.PositiveBigIntegerField(default=1)
    folded = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["last_seen_at"], name="sighting_last_seen")]
        constraints = [
            models.UniqueConstraint(
                fields=["usage", "address", "user_agent"], name="sighting_once_per_pair"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="sighting_counts"),
            models.CheckConstraint(
                condition=Q(last_seen_at__gte=models.F("first_seen_at")),
                name="sighting_in_order",
            ),
            models.CheckConstraint(
                condition=Q(address="", user_agent="", folded__gte=1)
                | (Q(folded=0) & (~Q(address="") | ~Q(user_agent=""))),
                name="sighting_names_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} x {self.usage_id}"
