"""Forms of channels and webhooks. An address is never rendered back, not even after an error."""

from __future__ import annotations

from typing import Any

from django import forms

from tokens.models import Company, Integration
from tokens.models.channels import CHANNEL_NAME_LENGTH
from tokens.policy.channels import TOPICS, Severity
from tokens.services.channels.add import Wanted, looks_like_address
from tokens.web.careful import CarefulForm
from tokens.web.forms import SecretInput
from tokens.web.token_fields import NO_ECHO

SEVERITIES = [
    (Severity.NOTICE.value, "Everything"),
    (Severity.WARNING.value, "Warnings and what is critical"),
    (Severity.CRITICAL.value, "Only what is critical"),
]


class ChannelForm(CarefulForm):
    """What a channel is called and told."""

    name = forms.CharField(
        label="Name",
        max_length=CHANNEL_NAME_LENGTH,
        widget=forms.TextInput({"autocomplete": "off", "maxlength": CHANNEL_NAME_LENGTH}),
        help_text="Everybody here sees it. Do not put the address into it.",
    )
    at_least = forms.ChoiceField(
        label="How severe", choices=SEVERITIES, initial="notice", error_messages=NO_ECHO
    )
    topics = forms.MultipleChoiceField(
        label="About what",
        required=False,
        choices=[(word, each.words) for word, each in TOPICS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked means all of them.",
        error_messages=NO_ECHO,
    )
    company = forms.ModelChoiceField(
        Company.objects.all(), label="Only of this company", required=False,
        empty_label="All companies", error_messages=NO_ECHO,
    )  # fmt: skip
    integration = forms.ModelChoiceField(
        Integration.objects.all(), label="Only of this integration", required=False,
        empty_label="All integrations", error_messages=NO_ECHO,
    )  # fmt: skip
    active = forms.BooleanField(label="Active", required=False, initial=True)

    def forget_tokens(self) -> None:
        """Empty the name, too, where the address was pasted into it."""
        super().forget_tokens()
        if self.is_bound and looks_like_address(str(self.data.get("name", ""))):
            emptied: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            emptied["name"] = ""
            self.data = emptied

    def wanted(self) -> Wanted:
        given: dict[str, Any] = self.cleaned_data
        names = ("name", "topics", "at_least", "company", "integration", "active")
        return Wanted(**{name: given[name] for name in names})


class NewChannelForm(ChannelForm):
    """With the address, first of all."""

    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=SecretInput({"class": "mono"}),
        help_text="It is sealed when you save it. No page shows it again.",
    )
    field_order = ("name", "url")
