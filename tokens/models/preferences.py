"""How people want to be reminded, what is snoozed, and addresses that the mail server refuses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified, only_words, word_field
from tokens.models.tokens import Token
from tokens.policy.preferences import MONDAY_TO_SUNDAY, Digest, Preference

REASON_LENGTH = 500
#: One bit per quiet day, Monday first; all seven at once would be silence for ever.
NO_DAY, EVERY_DAY = 0, 2 ** len(MONDAY_TO_SUNDAY) - 1


class MailPreference(Identified):
    """What one address wants of its reminders; no row is the product's default.

    By address, since owners need no account and administrators own no token. `time_zone` is empty
    where the account's own, else UTC, counts.
    """

    email = models.EmailField(max_length=254, unique=True)
    digest = word_field(Digest, Digest.NONE)
    weekday = models.PositiveSmallIntegerField(default=0)
    quiet_days = models.PositiveSmallIntegerField(default=NO_DAY)
    time_zone = models.CharField(max_length=64, blank=True, default="")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            only_words("digest", Digest, "mail_preference_digest_known"),
            models.CheckConstraint(
                condition=Q(weekday__lt=len(MONDAY_TO_SUNDAY)), name="mail_preference_weekday"
            ),
            models.CheckConstraint(
                condition=Q(quiet_days__lt=EVERY_DAY), name="mail_preference_not_all_quiet"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def preference(self, zone: str = "") -> Preference:
        """The same for the rules; `zone` is the account's, for whoever chose none here."""
        quiet = (day for day in range(len(MONDAY_TO_SUNDAY)) if self.quiet_days & 1 << day)
        return Preference(
            digest=Digest(self.digest),
            weekday=self.weekday,
            quiet=frozenset(quiet),
            zone=self.time_zone or zone or "UTC",
        )


class Snooze(Identified):
    """Somebody put a token's reminders off, up to and including a UTC day.

    The one in force also stands as `snoozed_until` on its token, where rules and lists read it.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="snoozes")
    until = models.DateField()
    reason = models.CharField(max_length=REASON_LENGTH)
    by = models.CharField(max_length=254)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        ordering = ("-begun_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["token"], condition=Q(ended_at__isnull=True), name="snooze_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(ended_by=""), name="snooze_ended_when"
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.until.isoformat()}"


class RefusedAddress(Identified):
    """An address whose last mail the mail server refused for good; gone once one is accepted."""

    email = models.EmailField(max_length=254, unique=True)
    since = models.DateTimeField()
    last_at = models.DateTimeField()
    problem = models.CharField(max_length=20)

    class Meta:
        verbose_name_plural = "refused addresses"
        ordering = ("since",)

    def __str__(self) -> str:
        return self.email
