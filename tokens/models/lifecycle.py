"""What people do with a token: rotate it, revoke it; and the proof that they did."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.db.models import Q

from tokens.models.base import Identified, only_words, word_field
from tokens.models.inventory import Person
from tokens.models.secrets import Secret
from tokens.models.tokens import Token
from tokens.policy.vocabulary import Proof


class RotationStatus(StrEnum):
    STARTED = "started"  # the guide is open, no new value yet
    PROBING = "probing"  # a value was pasted and sealed; the worker asks Coolset
    REFUSED = "refused"  # the value cannot be taken; `reason` says why; another may be pasted
    INCONCLUSIVE = "inconclusive"  # Coolset gave no answer: a person decides
    WAITING = "waiting"  # a person ticked; taken as soon as it answers
    DONE = "done"
    CANCELLED = "cancelled"


OPEN_ROTATION = tuple(
    status.value
    for status in RotationStatus
    if status not in {RotationStatus.DONE, RotationStatus.CANCELLED}
)


class Rotation(Identified):
    """The guided replacement of `token`, which a person may leave and come back to.

    The new value is sealed for `new_token_id` and becomes a token only once it answered.
    """

    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="rotations")
    new_token_id = models.UUIDField(unique=True)
    status = word_field(RotationStatus, RotationStatus.STARTED)
    reason = models.CharField(max_length=40, blank=True, default="")
    warning = models.CharField(max_length=40, blank=True, default="")
    sealed = models.BinaryField(null=True)
    key_id = models.CharField(max_length=64, blank=True, default="")
    fingerprint = models.BinaryField(max_length=32, null=True)
    hint = models.CharField(max_length=20, blank=True, default="")
    issued_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=254)
    own_calls = models.JSONField(default=list)
    last_outcome = models.CharField(max_length=12, blank=True, default="")
    next_check_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    deployed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["token"], condition=Q(status__in=OPEN_ROTATION), name="rotation_one_open"
            ),
            only_words("status", RotationStatus, "rotation_status_known"),
            models.CheckConstraint(
                condition=(Q(sealed__isnull=True) & Q(fingerprint__isnull=True))
                | (Q(sealed__isnull=False) & Q(fingerprint__isnull=False)),
                name="rotation_sealed_and_fingerprinted",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["probing", "inconclusive", "waiting"])
                | Q(sealed__isnull=True),
                name="rotation_keeps_no_value_when_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"rotation of {self.token}"


class Compromise(Identified):
    """Somebody who should not have it may have the value: all of its rows have to go, today."""

    secret = models.OneToOneField(Secret, on_delete=models.PROTECT, related_name="compromise")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="compromises")
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=254)
    recorded_by = models.CharField(max_length=254)
    recorded_at = models.DateTimeField()
    #: What of the checklist is done: ids of steps, with when and by whom (policy.compromise.Step).
    done = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"compromise of {self.token}"


class Revocation(Identified):
    """That a person revoked a secret in Coolset, and what the Accounts API said of it since.

    approved_by: who approved what `recorded_by` asked for, where two people were needed; else "".
    """

    secret = models.OneToOneField(Secret, on_delete=models.PROTECT, related_name="revocation")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="revocations")
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=254)
    recorded_by = models.CharField(max_length=254)
    approved_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    revoked_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    proof = word_field(Proof, Proof.CLAIMED)
    proof_reason = models.CharField(max_length=40, blank=True, default="")
    last_accepted_at = models.DateTimeField(null=True)
    first_refused_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    contradicted_at = models.DateTimeField(null=True)
    witnesses = models.JSONField(default=list)
    witness_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            only_words("proof", Proof, "revocation_proof_known"),
            models.CheckConstraint(
                condition=~Q(proof=Proof.NONE.value), name="revocation_is_at_least_claimed"
            ),
            models.CheckConstraint(
                condition=(Q(proof=Proof.CONFIRMED.value) & Q(confirmed_at__isnull=False))
                | (~Q(proof=Proof.CONFIRMED.value) & Q(confirmed_at__isnull=True)),
                name="revocation_confirmed_when",
            ),
            models.CheckConstraint(
                condition=~Q(proof=Proof.CONFIRMED.value) | Q(last_accepted_at__isnull=False),
                name="revocation_confirmed_only_if_it_worked_here",
            ),
        ]

    def __str__(self) -> str:
        return f"revocation of {self.token}"
