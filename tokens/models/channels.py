"""Channels and webhooks, and what was told through them.

Addresses and signing secrets are secrets: sealed here, opened by the delivery alone
(services/channels/opening.py).
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified, only_words, word_field
from tokens.models.inventory import Company, Integration
from tokens.models.tokens import Token
from tokens.policy.channels import Severity, Way, Wish

CHANNEL_NAME_LENGTH = 100


class SealedAs(StrEnum):
    """What a sealed value of a channel is."""

    ADDRESS = "address"
    SIGNING = "signing"


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"  # accepted: 2xx of a webhook, the service's word of a message
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"  # no longer true before it could be told


class Channel(Identified):
    """Where notices are told besides mail. `shown` is all that anybody sees of its address.

    `failing_since`: the first failed attempt since the last accepted one. `stopped_at`: the product
    stopped it because it took nothing for days.
    """

    way = word_field(Way)
    name = models.CharField(max_length=CHANNEL_NAME_LENGTH, unique=True)
    shown = models.CharField(max_length=300)
    topics = models.JSONField(default=list)
    at_least = word_field(Severity, Severity.NOTICE)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.PROTECT, related_name="channels"
    )
    integration = models.ForeignKey(
        Integration, null=True, blank=True, on_delete=models.PROTECT, related_name="channels"
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    tried_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name",)
        constraints = [
            only_words("way", Way, "channel_way_known"),
            only_words("at_least", Severity, "channel_severity_known"),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(active=False),
                name="channel_stopped_is_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_webhook(self) -> bool:
        return bool(self.way == Way.WEBHOOK.value)

    def wish(self) -> Wish:
        """What it wants to be told."""
        return Wish(
            tuple(self.topics), Severity(self.at_least), self.company_id, self.integration_id
        )


class ChannelSecret(Identified):
    """One sealed value of a channel. `ends_at`: a signing secret that was replaced, until then."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="secrets")
    kind = word_field(SealedAs)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            only_words("kind", SealedAs, "channel_secret_kind_known"),
            models.UniqueConstraint(
                fields=["channel", "kind"],
                condition=Q(ends_at__isnull=True),
                name="channel_secret_one_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(key_id=""), name="channel_secret_sealed_under_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.channel_id}"


class Delivery(Identified):
    """One thing that one channel is told once: `told_as` says what, as the ledger of mails does.

    kind, token, occasion and threshold mean what they mean at `Notice`; kind may be "test", too.
    `tries`: the latest attempts, each [ISO moment, status or null, word].
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    told_as = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    topic = models.CharField(max_length=20)
    token = models.ForeignKey(Token, null=True, on_delete=models.CASCADE, related_name="deliveries")
    occasion = models.CharField(max_length=40, blank=True, default="")
    threshold = models.IntegerField(default=0)
    status = word_field(DeliveryStatus, DeliveryStatus.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True)
    last_problem = models.CharField(max_length=20, blank=True, default="")
    tries = models.JSONField(default=list)
    created_at = models.DateTimeField()
    #: When it was made, or sent again by hand: patience counts from here.
    begun_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["status", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["channel", "-created_at"], name="delivery_of_channel"),
            models.Index(fields=["created_at"], name="delivery_created"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["channel", "told_as"], name="delivery_told_once"),
            only_words("status", DeliveryStatus, "delivery_status_known"),
            models.CheckConstraint(
                condition=(Q(status="sent") & Q(sent_at__isnull=False))
                | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} to {self.channel_id}"

    @property
    def message_id(self) -> str:
        """The webhook-id: the same at every attempt."""
        return f"msg_{self.pk.hex}"
