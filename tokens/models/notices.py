"""The ledger of reminders and alerts, and the outbox that carries them."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified, only_words, word_field
from tokens.models.tokens import Token


class NoticeKind(StrEnum):
    REMINDER = "reminder"
    COMPROMISED = "compromised"
    FAILING = "failing"
    CONTRADICTED = "contradicted"
    UNREADABLE = "unreadable"
    INCIDENT = "incident"
    LEAVER = "leaver"
    BEHIND = "behind"
    API_KEY = "api_key"
    REVIEW = "review"
    NOT_REVOKED = "not_revoked"
    EXCEPTION = "exception"
    CHANNEL = "channel"
    UNDELIVERED = "undelivered"
    APPROVAL = "approval"


class NoticeStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"  # accepted by the mail server, never less
    CANCELLED = "cancelled"  # no longer true before it could be sent


class MailStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"  # the server refused this address for good
    CANCELLED = "cancelled"


class Mail(Identified):
    """One message to one recipient. Rendered from its notices when it is sent, so it never says
    what is no longer true; `message_id` stays the same over retries."""

    recipient = models.EmailField(max_length=254)
    kind = word_field(NoticeKind)
    message_id = models.CharField(max_length=200, unique=True)
    subject = models.CharField(max_length=200, blank=True, default="")
    status = word_field(MailStatus, MailStatus.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    last_problem = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    #: Held back until then by what its recipient prefers; null where they prefer nothing.
    held_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "next_attempt_at"], name="mail_due"),
            models.Index(fields=["created_at"], name="mail_created"),
        ]
        constraints = [
            only_words("kind", NoticeKind, "mail_kind_known"),
            only_words("status", MailStatus, "mail_status_known"),
            models.CheckConstraint(
                condition=(Q(status="sent") & Q(sent_at__isnull=False))
                | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="mail_sent_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} mail {self.pk}"


class Notice(Identified):
    """One thing one recipient is told once.

    `occasion` is what it is about: of a reminder the due day (ISO date), of an alert the moment at
    which the trouble began (ISO date-time), so that the same trouble is told once, a new one again.
    `threshold` counts days left (a reminder's), and is 0 for alerts. Of a person who leaves the
    occasion is their id and the day (troubles.leaving_occasion), the threshold 1 once they left.
    """

    kind = word_field(NoticeKind)
    token = models.ForeignKey(Token, null=True, on_delete=models.CASCADE, related_name="notices")
    occasion = models.CharField(max_length=40)
    threshold = models.IntegerField(default=0)
    recipient = models.EmailField(max_length=254)
    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="notices")
    status = word_field(NoticeStatus, NoticeStatus.QUEUED)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["token", "-created_at"], name="notice_of_token"),
            models.Index(fields=["created_at"], name="notice_created"),
            models.Index(
                fields=["kind", "token"],
                condition=Q(status=NoticeStatus.QUEUED.value),
                name="notice_queued",
            ),
        ]
        constraints = [
            # Two: SQLite cannot be told that nulls are equal and would drop the rule in silence.
            models.UniqueConstraint(
                fields=["kind", "token", "occasion", "threshold", "recipient"],
                name="notice_told_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "occasion", "threshold", "recipient"],
                condition=Q(token__isnull=True),
                name="notice_of_no_token_told_once",
            ),
            only_words("kind", NoticeKind, "notice_kind_known"),
            only_words("status", NoticeStatus, "notice_status_known"),
            models.CheckConstraint(
                condition=(Q(status="sent") & Q(sent_at__isnull=False))
                | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="notice_sent_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occasion} {self.threshold}"
