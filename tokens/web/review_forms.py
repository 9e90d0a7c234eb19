"""What it takes to start a review: a name, a day, and who looks at which company's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms

from tokens.models import Account
from tokens.models.inventory import NAME_LENGTH
from tokens.web.careful import CarefulForm

#: Up to so many companies each may have a reviewer of its own.
COMPANIES = 50
USUAL_DAYS = 14
_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class ReviewForm(CarefulForm):
    """`companies`: (id, name) of those whose tokens are chosen; many of them share one reviewer."""

    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH, help_text="As auditors will see it."
    )
    due_on = forms.DateField(
        label="Due on", widget=_DAY, help_text="Reviewers are reminded until they are done (UTC)."
    )
    reviewer = forms.ModelChoiceField(
        queryset=Account.objects.none(), label="Reviewer", empty_label=None
    )

    def __init__(
        self, companies: Sequence[tuple[UUID, str]], today: date, data: Any = None
    ) -> None:
        usual = {"due_on": today + timedelta(days=USUAL_DAYS)}
        super().__init__(data, initial=usual)
        people = Account.objects.filter(is_active=True).order_by("email")
        # Read once: each field would ask for the same people again.
        choices = [(account.pk, str(account)) for account in people]
        reviewer: Any = self.fields["reviewer"]
        reviewer.queryset, reviewer.choices = people, choices
        self.by_company = {}
        for company, name in companies if 1 < len(companies) <= COMPANIES else ():
            field: Any = forms.ModelChoiceField(queryset=people, required=False, label=name)
            field.choices = [("", "The reviewer above"), *choices]
            self.fields[f"company-{company}"] = field
            self.by_company[company] = f"company-{company}"

    @property
    def chosen(self) -> dict[UUID, Account]:
        """Companies with a reviewer of their own."""
        picked = {key: self.cleaned_data.get(name) for key, name in self.by_company.items()}
        return {key: account for key, account in picked.items() if account is not None}

    def of_companies(self) -> list[Any]:
        return [self[name] for name in self.by_company.values()]

    def any_apart(self) -> bool:
        """Whether a company has, or was meant to have, a reviewer of its own."""
        return any(field.errors or field.value() for field in self.of_companies())

    def of_all(self) -> list[Any]:
        return [self[name] for name in ("name", "due_on", "reviewer")]
