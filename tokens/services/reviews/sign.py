"""Signing closed reviews: by the worker or a command, which hold the keyring; pages cannot.

What is signed is a line that says what it is, then the result's SHA-256. docs/guide/reviews.md
shows how anybody checks it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tokens import keys
from tokens.audit import Actor, Event, audited, system
from tokens.models import Review
from tokens.services.reviews.close import digest_of
from tokens.vault.signing import is_signed, sign

ACTOR = system("reviews")
LABEL = "coolset-token-governance access review 1"


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say of a closed review's result. signed None: not signed yet."""

    unchanged: bool
    signed: bool | None

    @property
    def ok(self) -> bool:
        return self.unchanged and self.signed is True


def sign_reviews(*, now: datetime, actor: Actor = ACTOR) -> int:
    """Sign every closed review that is not signed yet; returns how many.

    Raises KeyringError where there is something to sign and this process has no keyring.
    """
    waiting = Review.objects.filter(closed_at__isnull=False, signed_at__isnull=True)
    ids = list(waiting.order_by("closed_at").values_list("pk", flat=True))
    return sum(_sign(pk, now=now, actor=actor) for pk in ids)


def message(digest: str) -> bytes:
    """The bytes that a signature is over."""
    return f"{LABEL}\n{digest}\n".encode()


def check_result(review: Review) -> Checked:
    """Whether the result is what was hashed, and the hash what was signed."""
    return _check(review.result, review.digest, review.public_key, review.signature)


def check_exported(document: Mapping[str, str]) -> Checked:
    """The same of an exported file, by its own public key: compare that with the audit trail's."""
    return _check(*(document[name] for name in ("result", "sha256", "public_key", "signature")))


def _check(result: str, digest: str, public_key: str, signature: str) -> Checked:
    unchanged = digest_of(result) == digest
    if not signature:
        return Checked(unchanged, None)
    try:
        raw = base64.b64decode(signature, validate=True).hex()
    except (binascii.Error, ValueError):
        return Checked(unchanged, signed=False)
    return Checked(unchanged, is_signed(public_key, message(digest), raw))


def _sign(pk: UUID, *, now: datetime, actor: Actor) -> int:
    keyring = keys.private_keyring()
    with audited(actor=actor, now=now) as trail:
        review = Review.objects.select_for_update().get(pk=pk)
        if review.signed_at is not None:
            return 0
        signature = sign(keyring, message(review.digest))
        review.key_id, review.public_key = signature.key_id, signature.public_key
        review.signature = base64.b64encode(bytes.fromhex(signature.value)).decode("ascii")
        review.signed_at = now
        review.save(update_fields=["key_id", "public_key", "signature", "signed_at"])
        trail.add(
            Event.REVIEW_SIGNED,
            review,
            digest=review.digest,
            key_id=review.key_id,
            public_key=review.public_key,
            signature=review.signature,
        )
    return 1
