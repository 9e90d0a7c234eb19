"""The inventory: one row per token of one integration, company and environment."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tokens.models.base import Identified, only_words, word_field
from tokens.models.inventory import Company, Integration, Person
from tokens.models.policies import Policy
from tokens.models.secrets import Secret
from tokens.policy.book import BASE
from tokens.policy.vocabulary import Environment, Scope, State

LABEL_LENGTH = 100
PLACE = ("integration", "company", "environment", "scope", "label")


class Token(Identified):
    """A token as people know it. `sealed` can be opened by the worker alone, and is never shown."""

    secret = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="tokens")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="tokens")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="tokens")
    environment = word_field(Environment)
    scope = word_field(Scope)
    label = models.CharField(max_length=LABEL_LENGTH, blank=True, default="")
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="owned"
    )
    created_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="created"
    )
    hint = models.CharField(max_length=20, blank=True, default="")
    sealed = models.BinaryField(null=True)
    key_id = models.CharField(max_length=64, blank=True, default="")

    issued_at = models.DateTimeField(null=True, blank=True)
    stored_at = models.DateTimeField()
    due_at = models.DateTimeField()
    #: From when on the reminders' planner looks at this token again, to be rotated or, replaced, to
    #: be revoked; null: at its next run. Whoever changes `due_at` or `replaced_at` sets null.
    remind_at = models.DateTimeField(null=True, blank=True)
    #: The last UTC day without reminders: the end of the `Snooze` in force, null without one.
    snoozed_until = models.DateField(null=True, blank=True)
    state = word_field(State, State.ACTIVE)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replacement"
    )
    replaced_at = models.DateTimeField(null=True, blank=True)
    company_mismatch = models.BooleanField(default=False)
    #: What approved exceptions name, "overdue:2026-12-31 unused:2027-01-31"; the rows of
    #: `ExceptedFlag` once more, so that lists and rules of the many without need no look there.
    excepted_words = models.TextField(blank=True, default="")
    #: The policy that holds for it, of `policy.book.Book.chosen`; null: the base policy.
    policy = models.ForeignKey(
        Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="tokens"
    )
    #: Since when that one holds for it; null: since it was stored.
    policy_since = models.DateTimeField(null=True, blank=True)
    #: Chosen by hand; null: by its place.
    assigned_policy = models.ForeignKey(
        Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned"
    )

    where = models.CharField(max_length=1000, blank=True, default="")
    runbook_url = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="token_due"),
            models.Index(fields=["company", "due_at", "id"], name="token_company_due"),
            models.Index(fields=["integration", "due_at", "id"], name="token_integration_due"),
            models.Index(fields=["state", "due_at", "id"], name="token_state_due"),
            models.Index(fields=["state", "remind_at"], name="token_remind"),
            models.Index(fields=["owner", "due_at", "id"], name="token_owner_due"),
            models.Index(fields=["stored_at", "id"], name="token_stored"),
            models.Index(Coalesce("issued_at", "stored_at"), F("id"), name="token_born"),
            # Of what few have: a list of them is found, not looked for among all.
            models.Index(
                fields=["due_at", "id"], name="token_mismatch", condition=Q(company_mismatch=True)
            ),
            models.Index(
                fields=["due_at", "id"], name="token_unknown_age", condition=Q(issued_at=None)
            ),
            models.Index(
                fields=["due_at", "id"], name="token_excepted", condition=~Q(excepted_words="")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=PLACE, condition=Q(state=State.ACTIVE.value), name="token_one_active"
            ),
            only_words("environment", Environment, "token_environment_known"),
            only_words("scope", Scope, "token_scope_known"),
            only_words("state", State, "token_state_known"),
            models.CheckConstraint(
                condition=(Q(sealed__isnull=True) & Q(key_id=""))
                | (Q(sealed__isnull=False) & ~Q(key_id="")),
                name="token_sealed_under_a_key",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REPLACED.value) | Q(replaced_at__isnull=False),
                name="token_replaced_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ACTIVE.value) | Q(replaced_at__isnull=True),
                name="token_active_is_not_replaced",
            ),
            models.CheckConstraint(
                condition=Q(policy__isnull=True) | ~Q(policy=BASE), name="token_base_policy_is_null"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.integration} · {self.company} · {self.environment}"

    @property
    def audit_name(self) -> str:
        label = f" · {self.label}" if self.label else ""
        return f"{self}{label} · {self.scope} {self.hint}".rstrip()
