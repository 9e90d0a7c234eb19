"""Accounts that sign in to this product (not Coolset users: those are `Person`)."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.functional import cached_property

from tokens.models.base import Identified, only_words, word_field
from tokens.policy.roles import Rights, rights_of
from tokens.policy.vocabulary import Role


class AccountManager(BaseUserManager["Account"]):
    def create_account(self, *, email: str, role: Role, password: str | None = None) -> Account:
        """Store an account; without a password it cannot sign in until it sets one."""
        account = self.model(email=self.normalize(email), role=role.value)
        account.set_password(password)
        account.save(using=self._db)
        return account

    @staticmethod
    def normalize(email: str) -> str:
        return email.strip().lower()

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=self.normalize(username or ""))

    def administrators(self) -> models.QuerySet[Account]:
        """Active accounts with the role of administrator."""
        return self.filter(is_active=True, role=Role.ADMINISTRATOR.value)


class Account(Identified, AbstractBaseUser):
    """Somebody who signs in by e-mail."""

    email = models.EmailField(max_length=254, unique=True)
    role = word_field(Role)
    is_active = models.BooleanField(default=True)
    #: Beside the password something else is asked at the sign-in (models.second_factors).
    has_second_factor = models.BooleanField(default=False)
    #: Some `Membership` is theirs; without it nothing is looked up, at no request.
    has_company_roles = models.BooleanField(default=False, db_default=False)
    #: The company whose admin was shown the link that sets its password (services.handing_over).
    invited_in = models.UUIDField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        constraints = [only_words("role", Role, "account_role_known")]

    def __str__(self) -> str:
        return self.email

    @cached_property
    def rights(self) -> Rights:
        """What its roles allow, as they were when this was first asked of this object.

        A request loads its account anew, so a change counts from the next request on.
        """
        companies = dict(self._companies()) if self.has_company_roles else {}
        return rights_of(self.role, companies)

    def _companies(self) -> models.QuerySet[Any, tuple[UUID, str]]:
        return self.memberships.values_list("company_id", "role")

    @property
    def is_administrator(self) -> bool:
        return bool(self.role == Role.ADMINISTRATOR.value)
