"""Passkeys: public keys of devices and security keys, which sign what only this site asked."""

from __future__ import annotations

from django.db import models

from tokens.models.accounts import Account
from tokens.models.base import Identified

NAME_LENGTH = 60
#: The longest that WebAuthn allows.
CREDENTIAL_ID_LENGTH = 1023


class Passkey(Identified):
    """Nothing here is secret: the private key never leaves the device.

    `credential` is the attested credential data as the device gave it (id and public key).
    `sign_count` 0: this kind does not count. Any other may only grow.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=NAME_LENGTH)
    credential_id = models.BinaryField(max_length=CREDENTIAL_ID_LENGTH, unique=True)
    credential = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"passkey {self.name} of {self.account}"
