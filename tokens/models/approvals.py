"""What one person asks for and another has to approve: revocations to record, keys to make."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from tokens.models.api_keys import ApiKey
from tokens.models.base import Identified, only_words, word_field
from tokens.models.inventory import Company, Integration
from tokens.models.tokens import Token
from tokens.policy.two_people import COLLECTED, Kind, Outcome, standing

ABOUT_LENGTH = 200
REASON_LENGTH = 500
_ALONE = [Outcome.ASKED.value, Outcome.LAPSED.value, Outcome.OVERTAKEN.value]
_ANOTHER = [Outcome.APPROVED.value, Outcome.COLLECTED.value, Outcome.REFUSED.value]


def asker_words(asked_by: str, key: str | None) -> str:
    """Who asked, in words; `key`: the name of the key that a script asked through."""
    return f"{asked_by}, through the key “{key}”" if key else asked_by


class Approval(Identified):
    """A request of `asked_by` that somebody else decides about.

    asked_by, decided_by: e-mail addresses in lower case; never the same but where it was withdrawn.
    Behind a script (`asked_with`) stands whoever made its key. details: what is done once it is
    approved, never a secret. company: whose tokens alone it touches, null where there are several
    or none. settled_at: since when nothing is open any more.
    """

    kind = word_field(Kind)
    about = models.CharField(max_length=ABOUT_LENGTH)
    token = models.ForeignKey(Token, null=True, on_delete=models.PROTECT, related_name="approvals")
    integration = models.ForeignKey(
        Integration, null=True, on_delete=models.PROTECT, related_name="approvals"
    )
    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+")
    details = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=254)
    asked_with = models.ForeignKey(
        ApiKey, null=True, on_delete=models.PROTECT, related_name="approvals"
    )
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    outcome = word_field(Outcome, Outcome.ASKED)
    decided_by = models.CharField(max_length=254, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["outcome", "expires_at", "id"], name="approval_outcome")]
        constraints = [
            only_words("kind", Kind, "approval_kind_known"),
            only_words("outcome", Outcome, "approval_outcome_known"),
            models.UniqueConstraint(
                fields=["token"],
                condition=Q(outcome=Outcome.ASKED.value),
                name="approval_one_waits_for_a_token",
            ),
            models.UniqueConstraint(
                fields=["integration"],
                condition=Q(outcome=Outcome.ASKED.value),
                name="approval_one_waits_for_an_integration",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=_ANOTHER)
                | (Q(decided_at__isnull=False) & ~Q(decided_by="") & ~Q(decided_by=F("asked_by"))),
                name="approval_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.ASKED.value)
                | Q(decided_at__isnull=True, decided_by="", settled_at__isnull=True),
                name="approval_waits_undecided",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.WITHDRAWN.value) | Q(decided_by=F("asked_by")),
                name="approval_withdrawn_by_its_asker",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.COLLECTED.value)
                | Q(kind__in=sorted(kind.value for kind in COLLECTED)),
                name="approval_collects_keys",
            ),
            models.CheckConstraint(condition=~Q(asked_by=""), name="approval_has_an_asker"),
        ]

    def __str__(self) -> str:
        return self.about

    @property
    def words(self) -> tuple[Kind, Outcome]:
        """Kind and outcome as the policy has them."""
        return Kind(self.kind), Outcome(self.outcome)

    @property
    def subject(self) -> Token | Approval:
        """What the audit trail's entries are about: the token, where it is about one."""
        return self if self.token is None else self.token

    def stands(self, now: datetime) -> Outcome:
        """Where it stands now."""
        kind, outcome = self.words
        return standing(outcome, kind, expires_at=self.expires_at, now=now)

    @property
    def asker(self) -> str:
        """Who asked, in words: an address, and through which key where a script did."""
        return asker_words(self.asked_by, self.asked_with.name if self.asked_with else "")
