"""Who an account is at an identity provider."""

from __future__ import annotations

from django.db import models

from tokens.models.accounts import Account
from tokens.models.base import Identified

ISSUER_LENGTH = 500
#: The longest that OpenID Connect allows.
SUBJECT_LENGTH = 255


class Identity(Identified):
    """`subject` is the provider's own name for somebody, which it never gives to another."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=ISSUER_LENGTH)
    subject = models.CharField(max_length=SUBJECT_LENGTH)
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_is_one"),
            models.UniqueConstraint(fields=["account", "issuer"], name="identity_per_issuer"),
        ]

    def __str__(self) -> str:
        return f"identity of {self.account} at {self.issuer}"


class OpenPassword(models.Model):
    """While single sign-on is the only way in: an account that the host lets in by password."""

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="open_password"
    )
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"password of {self.account} until {self.until}"
