"""What the acts on many tokens ask for before they are done."""

from __future__ import annotations

from typing import Any

from django import forms

from tokens.models import Policy
from tokens.policy.bulk import BulkAction
from tokens.web.token_fields import NO_ECHO, QuietForm, email
from tokens.web.token_forms import RevokeForm


class BulkForm(QuietForm):
    """Nothing to ask for; the base of the others. `wanted` is what the rules compare with."""

    secret_fields = ()
    #: Whether what would happen depends on what is asked for, so that it is shown once more.
    asks = False

    @property
    def wanted(self) -> str | None:
        """The new owner or policy; None while nobody has said which."""
        return None

    @property
    def wanted_words(self) -> str:
        """The same in words, "" while nobody has said which."""
        return ""

    def check_number(self, number: int) -> None:
        """Refuse where the act asks for the number of tokens and another one was typed."""


class OwnerForm(BulkForm):
    """Who is to own them."""

    asks = True

    owner_email = email(
        "New owner’s e-mail",
        required=False,
        help_text="Who is reminded. They need no account here. Empty: they have no owner then.",
    )

    @property
    def wanted(self) -> str | None:
        # Errors are looked at first, so that there is what was cleaned; not all of them matter.
        if "owner_email" in self.errors or "owner_email" not in getattr(self, "cleaned_data", {}):
            return None
        return str(self.cleaned_data["owner_email"]).lower()

    @property
    def wanted_words(self) -> str:
        return "" if self.wanted is None else self.wanted or "nobody"


class PolicyForm(BulkForm):
    """Which policy they are to go by."""

    asks = True
    policy = forms.ChoiceField(
        label="Policy",
        required=False,
        error_messages=NO_ECHO,
        help_text="Chosen by hand it stands above those of companies and integrations.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(str(each.pk), str(each)) for each in Policy.objects.order_by("pk")]
        self.fields["policy"].choices = [("", "By its place: none chosen by hand"), *known]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> str | None:
        if "policy" in self.errors or "policy" not in getattr(self, "cleaned_data", {}):
            return None
        return str(self.cleaned_data["policy"])

    @property
    def wanted_words(self) -> str:
        return "" if self.wanted is None else dict(self.fields["policy"].choices)[self.wanted]  # type: ignore[attr-defined]


class RevocationsForm(BulkForm):
    """What somebody did in Coolset, and the number of tokens once more."""

    reason = RevokeForm.base_fields["reason"]
    by = RevokeForm.base_fields["by"]
    at = RevokeForm.base_fields["at"]
    number = forms.CharField(
        label="How many tokens are these?",
        max_length=6,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric", "maxlength": 6}),
        help_text="Type the number, so that nobody records more than was meant.",
    )

    def check_number(self, number: int) -> None:
        if self.cleaned_data["number"].strip() != str(number):
            self.add_error("number", f"It would be {number}. Type that number to confirm it.")


FORMS: dict[BulkAction, type[BulkForm]] = {
    BulkAction.CHECK: BulkForm,
    BulkAction.OWNER: OwnerForm,
    BulkAction.POLICY: PolicyForm,
    BulkAction.REVOCATION: RevocationsForm,
}


def form_for(action: BulkAction, data: Any, *, by: str) -> BulkForm:
    """The form of an act; `by` is proposed as who revoked them."""
    return FORMS[action](data, initial={"by": by})
