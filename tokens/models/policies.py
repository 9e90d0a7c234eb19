"""Policies: one base for everything, and those that hold for a part of the inventory instead."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tokens.models.base import choices
from tokens.models.inventory import Company, Integration
from tokens.policy.book import BASE, PolicyFacts
from tokens.policy.numbers import NAME_LENGTH
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import Environment, Scope

THRESHOLDS_LENGTH = 100


def thresholds_text(thresholds: tuple[int, ...]) -> str:
    """The column's text of days left, as people read it too."""
    return ", ".join(str(each) for each in thresholds)


DEFAULT_THRESHOLDS = thresholds_text(DEFAULT.thresholds)
NOWHERE = Q(company=None, integration=None, environment="", scope="")


def _one_per_place(name: str, *, company: bool, integration: bool) -> models.UniqueConstraint:
    """Null never equals null, so that each combination of named ones needs a constraint."""
    fields = [*["company"] * company, *["integration"] * integration, "environment", "scope"]
    named = Q(company__isnull=not company, integration__isnull=not integration)
    if not (company or integration):
        named &= ~Q(environment="", scope="")
    return models.UniqueConstraint(fields=fields, condition=named, name=name)


class Policy(models.Model):
    """Numbers, and the part of the inventory that they hold for. Days and hours as named.

    Row 1 is the base policy: it has no name and holds wherever no other does. Another one names a
    company, an integration, an environment, a scope or several of them; one that names none holds
    only for tokens that it is given to by hand. `thresholds` is "30, 14, 7, 1, 0".
    """

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.PROTECT, related_name="policies"
    )
    integration = models.ForeignKey(
        Integration, null=True, blank=True, on_delete=models.PROTECT, related_name="policies"
    )
    environment = models.CharField(
        max_length=20, choices=choices(Environment), blank=True, default=""
    )
    scope = models.CharField(max_length=20, choices=choices(Scope), blank=True, default="")
    rotate_days = models.PositiveSmallIntegerField(default=90)
    warn_days = models.PositiveSmallIntegerField(default=14)
    unused_days = models.PositiveSmallIntegerField(default=30)
    stale_hours = models.PositiveSmallIntegerField(default=48)
    overlap_days = models.PositiveSmallIntegerField(default=7)
    thresholds = models.CharField(max_length=THRESHOLDS_LENGTH, default=DEFAULT_THRESHOLDS)

    class Meta:
        verbose_name_plural = "policies"
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=(Q(id=BASE) & Q(name="") & NOWHERE) | (~Q(id=BASE) & ~Q(name="")),
                name="policy_base_is_for_all",
            ),
            models.CheckConstraint(condition=Q(rotate_days__gte=1), name="policy_rotates"),
            models.CheckConstraint(
                condition=Q(warn_days__lte=models.F("rotate_days")), name="policy_warns_within"
            ),
            models.CheckConstraint(
                condition=Q(environment__in=["", *(word.value for word in Environment)]),
                name="policy_environment_known",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=["", *(word.value for word in Scope)]),
                name="policy_scope_known",
            ),
            models.UniqueConstraint(Lower("name"), condition=~Q(name=""), name="policy_name_once"),
            _one_per_place("policy_one_place", company=False, integration=False),
            _one_per_place("policy_one_company", company=True, integration=False),
            _one_per_place("policy_one_integration", company=False, integration=True),
            _one_per_place("policy_one_pair", company=True, integration=True),
        ]

    def __str__(self) -> str:
        return self.name or "Base policy"

    def rules(self) -> Rules:
        return Rules(
            rotate_days=self.rotate_days,
            warn_days=self.warn_days,
            unused_days=self.unused_days,
            stale_hours=self.stale_hours,
            overlap_days=self.overlap_days,
            thresholds=tuple(int(each) for each in self.thresholds.split(",")),
        )

    def facts(self) -> PolicyFacts:
        """With the company's and integration's names: take the row with both."""
        return PolicyFacts(
            id=self.pk,
            name=self.name,
            rules=self.rules(),
            company=self.company_id,
            company_name=self.company.name if self.company else "",
            integration=self.integration_id,
            integration_name=self.integration.name if self.integration else "",
            environment=self.environment,
            scope=self.scope,
        )
