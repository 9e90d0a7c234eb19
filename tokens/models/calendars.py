"""Links to calendars: whoever holds one reads rotation dates, and nothing else."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokens.models.accounts import Account
from tokens.models.base import Identified
from tokens.models.inventory import Person


class CalendarLink(Identified):
    """A secret address of a calendar: of an account (its person's tokens, or all), or of a person.

    `everything`: all tokens of the companies that the account administers at the time of a fetch.
    Only the SHA-256 of the secret is kept: 32 random bytes need no slow hash.
    """

    account = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="calendars"
    )
    person = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="calendars"
    )
    everything = models.BooleanField(default=False)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    fetched_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(account__isnull=False, person__isnull=True)
                | Q(account__isnull=True, person__isnull=False),
                name="calendar_of_one",
            ),
            models.CheckConstraint(
                condition=Q(everything=False) | Q(account__isnull=False),
                name="calendar_everything_is_an_accounts",
            ),
        ]

    def __str__(self) -> str:
        return f"calendar of {self.account or self.person}"
