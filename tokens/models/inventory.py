"""Who and what tokens belong to: companies, integrations, people."""

from __future__ import annotations

from django.db import models

from tokens.models.base import Identified

NAME_LENGTH = 200


class Company(Identified):
    """A Coolset workspace, recognised by its `workspace_id`; names are never compared."""

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    workspace_id = models.BigIntegerField(null=True, blank=True, unique=True)
    proposed_workspace_id = models.BigIntegerField(null=True, blank=True)
    #: As Coolset's list of workspaces says: active, inactive, test, demo, trial, stakeholder.
    workspace_type = models.CharField(max_length=20, blank=True, default="")
    reconciled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Person(Identified):
    """An e-mail (lower case) that owns or created tokens, whether or not it can sign in here."""

    email = models.EmailField(max_length=254, unique=True)
    #: The last day on which the person has access (UTC date), and the day on which they had left.
    leaving_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "people"
        ordering = ("email",)

    def __str__(self) -> str:
        return self.email


class Integration(Identified):
    """Something that calls Coolset, for one or many companies."""

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    description = models.TextField(blank=True, default="", max_length=2000)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="integrations"
    )
    #: Told too when a token is close to due and nobody has acted.
    second_contact = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="second_of"
    )
    first_reported_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Reconciliation(Identified):
    """One comparison of Coolset's own list with ours, done by a person."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="reconciliations")
    at = models.DateTimeField()
    by = models.CharField(max_length=254)
    listed = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    not_listed = models.PositiveIntegerField()

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.company} on {self.at:%Y-%m-%d}"
