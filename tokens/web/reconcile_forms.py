"""The forms of a comparison: Coolset's list, and rows for what was not known here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BaseFormSet, formset_factory

from tokens.models import Company
from tokens.models.inventory import NAME_LENGTH
from tokens.models.tokens import LABEL_LENGTH
from tokens.policy.days import midnight
from tokens.policy.fields import has_prefixed_token
from tokens.policy.vocabulary import Environment, Scope
from tokens.selectors.companies import Listed
from tokens.services.entries import Entry, clean_entry
from tokens.services.reconcile import NotHeld
from tokens.web.careful import CarefulForm, sentence

ROWS = 3
PREFIX = "rows"
MOST_ROWS = 60
#: Which field of a row shows what the rules say about a column.
_FIELD_OF = {"company": None, "issued_at": "issued_on", "owner_email": "owner", "token": None}


class ListForm(CarefulForm):
    """How many Coolset lists, and which of ours are among them."""

    listed = forms.IntegerField(
        label="How many tokens does Coolset list for this company?",
        min_value=0,
        max_value=100_000,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    known = forms.TypedMultipleChoiceField(
        label="Tick those you see in Coolset's list",
        required=False,
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, *, known: Sequence[Listed], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["known"].choices = [(str(one.token), " / ".join(one.places)) for one in known]  # type: ignore[attr-defined]  # a choice field


class AdditionForm(CarefulForm):
    """One token that Coolset lists and that was not known here. Left alone, a row adds nothing."""

    integration = forms.CharField(
        max_length=NAME_LENGTH, widget=forms.TextInput({"list": "integrations"})
    )
    environment = forms.ChoiceField(
        choices=[(word.value, word.value) for word in Environment],
        initial=Environment.PRODUCTION.value,
    )
    scope = forms.ChoiceField(
        choices=[(word.value, word.value) for word in Scope], initial=Scope.READ.value
    )
    issued_on = forms.DateField(
        label="Generated on", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    owner = forms.CharField(
        label="Owner's e-mail",
        required=False,
        max_length=254,
        widget=forms.TextInput({"list": "people", "inputmode": "email", "autocomplete": "off"}),
    )
    label = forms.CharField(required=False, max_length=LABEL_LENGTH)

    def __init__(self, *args: Any, company: Company, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._company, self._now = company, now

    def clean(self) -> dict[str, Any]:
        """Apply the rules of an entry, so that each complaint stands at its own row."""
        if self.errors or not self.has_changed():
            return self.cleaned_data
        addition = self.addition()
        entry = Entry(
            company_name=self._company.name,
            workspace_id=self._company.workspace_id,
            integration_name=addition.integration_name,
            environment=addition.environment,
            scope=addition.scope,
            owner_email=addition.owner_email,
            issued_at=addition.issued_at,
            label=addition.label,
        )
        for problem in clean_entry(entry, now=self._now)[1]:
            self.add_error(_FIELD_OF.get(problem.field, problem.field), sentence(problem.reason))
        return self.cleaned_data

    def addition(self) -> NotHeld:
        """The row as the service takes it."""
        data = self.cleaned_data
        issued = data.get("issued_on")
        return NotHeld(
            integration_name=data["integration"],
            environment=data["environment"],
            scope=data["scope"],
            owner_email=data.get("owner", ""),
            issued_at=None if issued is None else midnight(issued),
            label=data.get("label", ""),
        )


class AdditionRows(BaseFormSet):  # type: ignore[type-arg]  # generic in the stubs alone
    """The rows; those that nobody touched are left out."""

    def initial_form_count(self) -> int:
        """None: whatever came back with "more rows" may be emptied again."""
        return 0 if self.is_bound else super().initial_form_count()

    def entries(self) -> list[NotHeld]:
        return [form.addition() for form in self.forms if form.has_changed()]


ROWS_OF = formset_factory(
    AdditionForm, formset=AdditionRows, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)


def forms_of(
    data: Any, *, known: Sequence[Listed], company: Company, now: datetime
) -> tuple[ListForm, AdditionRows]:
    """Empty forms, or what was sent (`data`)."""
    given = {"company": company, "now": now}
    rows = ROWS_OF(data, prefix=PREFIX, form_kwargs=given)
    return ListForm(data, known=known), rows  # type: ignore[return-value]  # the factory's class


def with_more_rows(
    data: Any, *, known: Sequence[Listed], company: Company, now: datetime
) -> tuple[ListForm, AdditionRows]:
    """The forms as they were sent, unjudged, with three empty rows more."""
    initial = {"listed": data.get("listed", ""), "known": data.getlist("known")}
    sent = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    count = min(int(sent), MOST_ROWS) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    given = {"company": company, "now": now}
    rows = ROWS_OF(
        prefix=PREFIX,
        form_kwargs=given,
        initial=[_sent_row(data, number) for number in range(count)],
    )
    return ListForm(None, known=known, initial=initial), rows  # type: ignore[return-value]


def _sent_row(data: Any, number: int) -> dict[str, str]:
    sent = {name: data.get(f"{PREFIX}-{number}-{name}") for name in AdditionForm.base_fields}
    return {
        name: text
        for name, text in sent.items()
        if text is not None and not has_prefixed_token(text)
    }
