"""The forms of policies: numbers with their meaning, and the part of the inventory they are for."""

from __future__ import annotations

from typing import Any

from django import forms

from tokens.errors import DomainError
from tokens.models.policies import thresholds_text
from tokens.policy.book import BASE, Book, PolicyFacts
from tokens.policy.numbers import LIMITS, NAME_LENGTH
from tokens.policy.vocabulary import Environment, Scope
from tokens.services.propose_policy import place_of, rules_of, words_of
from tokens.services.proposed_policy import check_free, checked
from tokens.web.careful import CarefulForm
from tokens.web.token_fields import NO_ECHO, text

MEANINGS = {
    "rotate_days": (
        "Rotate every (days)",
        "days",
        "A token issued on day D is due on day D + this, and overdue from the day after.",
    ),
    "warn_days": (
        "Warn before (days)",
        "days",
        (
            "A token is due soon from so many days left on. A token of unknown age is due so many "
            "days after it was stored."
        ),
    ),
    "unused_days": (
        "Unused after (days)",
        "days",
        "A token nobody was seen using for longer is called unused, where a source could see it.",
    ),
    "stale_hours": (
        "Not checked lately after (hours)",
        "hours",
        "Without a clear answer from Coolset for longer, a token is called not checked lately.",
    ),
    "overlap_days": (
        "Old and new side by side (days)",
        "days",
        "How long a replaced token may stay in force before its revocation is asked for.",
    ),
}
REMINDED = "Remind at (days left)"
#: What is shown of a policy beside its numbers, by column, in the order of the form.
PLACED = {
    "name": "Name",
    "company": "Company",
    "integration": "Integration",
    "environment": "Environment",
    "scope": "Scope",
}
LABELS = {**PLACED, **{name: words[0] for name, words in MEANINGS.items()}, "thresholds": REMINDED}


class PolicyForm(CarefulForm):
    """One whole number per rule; the service's own checks name the field.

    `proposal` is what a valid form asks for.
    """

    proposal: PolicyFacts

    def __init__(self, *args: Any, book: Book, policy: int = BASE, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book, self.policy = book, policy
        for name, (label, _, meaning) in MEANINGS.items():
            lowest, highest = LIMITS[name]
            self.fields[name] = forms.IntegerField(
                label=label, help_text=meaning, min_value=lowest, max_value=highest
            )
        self.fields["thresholds"] = text(
            REMINDED, 100, required=False, help_text=self.thresholds_help()
        )

    def thresholds_help(self) -> str:
        return (
            "Days left, such as 30, 14, 7, 1, 0. Every 7 days after the due day, whatever is set."
        )

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.proposal = self._proposal()
            except DomainError as error:
                self.refuse(error)
        return self.cleaned_data

    def _proposal(self) -> PolicyFacts:
        given = self.cleaned_data
        rules = rules_of(given, given["thresholds"], self.book.base, policy=self.policy)
        proposal = checked(PolicyFacts(self.policy, rules=rules, **self._place()))
        check_free(proposal)
        return proposal

    def _place(self) -> dict[str, Any]:
        return {"name": ""}


class PlacedPolicyForm(PolicyForm):
    """A policy beside the base one: also its name, and what it is for."""

    name = text("Name", NAME_LENGTH, help_text="As people will read it on a token’s page.")
    company = text("Company", 200, required=False, attrs={"list": "known-company"})
    integration = text("Integration", 200, required=False, attrs={"list": "known-integration"})
    environment = forms.ChoiceField(
        label="Environment",
        required=False,
        choices=[("", "Any"), *((word.value, word.value) for word in Environment)],
        error_messages=NO_ECHO,
    )
    scope = forms.ChoiceField(
        label="Scope",
        required=False,
        choices=[("", "Any"), *((word.value, word.value) for word in Scope)],
        error_messages=NO_ECHO,
        help_text="With all four left open it holds only for tokens that it is chosen for by hand.",
    )

    def thresholds_help(self) -> str:
        return (
            "Days left, such as 14, 7, 1, 0; shorter than a rotation. Left empty, they are those "
            "of the base policy, as far as they fit."
        )

    def _place(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in PLACED}
        return place_of(given)


def values_of(policy: PolicyFacts) -> dict[str, Any]:
    """What a policy says, by the names of the form's fields."""
    return {
        **words_of(policy),
        **{name: getattr(policy.rules, name) for name in MEANINGS},
        "thresholds": thresholds_text(policy.rules.thresholds),
    }
