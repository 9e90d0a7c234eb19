"""What accounts are in single companies, beside what they are in the whole organisation."""

from __future__ import annotations

from django.db import models

from tokens.models.accounts import Account
from tokens.models.base import Identified, only_words, word_field
from tokens.models.inventory import Company
from tokens.policy.vocabulary import CompanyRole


class Membership(Identified):
    """One account's role in one company. It ends with its row; the audit trail remembers it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = word_field(CompanyRole)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "company"], name="membership_one_role"),
            only_words("role", CompanyRole, "membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.account} in {self.company}"
