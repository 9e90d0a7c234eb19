"""Exceptions of one token: what somebody asked for, what another decided, and what is silenced."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from tokens.models.base import Identified, only_words, word_field
from tokens.models.tokens import Token
from tokens.policy.exceptions import MAY_BE_EXCEPTED, Decision, ExceptionFacts
from tokens.policy.vocabulary import Flag

REASON_LENGTH = 500


class PolicyException(Identified):
    """That `flags` of a token may stand until `ends_on`, a UTC day that is included.

    asked_by, decided_by: e-mail addresses, in lower case; never the same where it was approved.
    closed_at: when somebody ended it early or, after its end, took note that it is over.
    """

    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="exceptions")
    flags = models.JSONField(default=list)
    reason = models.CharField(max_length=REASON_LENGTH)
    ends_on = models.DateField()
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    decision = word_field(Decision, Decision.ASKED)
    decided_by = models.CharField(max_length=254, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="")
    closed_by = models.CharField(max_length=254, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["decision", "ends_on", "id"], name="exception_decision")]
        constraints = [
            only_words("decision", Decision, "exception_decision_known"),
            models.UniqueConstraint(
                fields=["token"],
                condition=Q(decision=Decision.ASKED.value),
                name="exception_one_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.APPROVED.value) | ~Q(decided_by=F("asked_by")),
                name="exception_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decision=Decision.ASKED.value, decided_at__isnull=True, decided_by="")
                | (
                    ~Q(decision=Decision.ASKED.value)
                    & Q(decided_at__isnull=False)
                    & ~Q(decided_by="")
                ),
                name="exception_decided_by_and_when",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="")
                | (Q(decision=Decision.APPROVED.value, closed_at__isnull=False) & ~Q(closed_by="")),
                name="exception_closed_by_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(asked_by=""), name="exception_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"exception for {self.token}"

    @property
    def named(self) -> tuple[Flag, ...]:
        """The flags that it silences."""
        return tuple(Flag(word) for word in self.flags)

    def facts(self) -> ExceptionFacts:
        """What the policy asks."""
        return ExceptionFacts(Decision(self.decision), self.ends_on, self.closed_at is not None)


class ExceptedFlag(models.Model):
    """One flag of one token that approved exceptions silence until `until`, the latest of them.

    Only what is approved and not closed has rows; after `until` they say what comes back.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="excepted")
    flag = models.CharField(max_length=40)
    until = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "flag"], name="excepted_flag_once"),
            models.CheckConstraint(
                condition=Q(flag__in=sorted(flag.value for flag in MAY_BE_EXCEPTED)),
                name="excepted_flag_may_be",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flag} until {self.until}"
