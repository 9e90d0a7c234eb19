"""What was stored under an Idempotency-Key, so that a call that is sent twice acts once."""

from __future__ import annotations

from django.db import models

from tokens.models.base import Identified


class FirstAnswer(Identified):
    """Of one caller and one key of theirs.

    Both digests are HMACs under FINGERPRINT_KEY: a body holds a value, and a key may be anything.
    `token`: the id of what was stored; null only within the transaction that stores it.
    """

    caller = models.CharField(max_length=64)
    key_digest = models.BinaryField(max_length=32)
    body_digest = models.BinaryField(max_length=32)
    token = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["caller", "key_digest"], name="first_answer_once"),
        )
