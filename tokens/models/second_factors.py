"""What an account shows beside its password: an authenticator's codes, and codes for a bad day."""

from __future__ import annotations

from django.db import models

from tokens.models.accounts import Account
from tokens.models.base import Identified


class Authenticator(Identified):
    """One per account, in force from its first code on.

    `sealed` opens under a key of DJANGO_SECRET_KEY (services.second_factor.keeping).
    last_step: the newest step whose code was used; older ones count for nothing.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="authenticator")
    sealed = models.BinaryField()
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"authenticator of {self.account}"


class RecoveryCode(Identified):
    """A code that opens once. Only an HMAC is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.account}"
