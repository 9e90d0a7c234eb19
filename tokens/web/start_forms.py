"""The forms of starting from one token: the value, and what shall be taken over of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from tokens.models import Start
from tokens.policy.offers import TICKED, Kind, Offer
from tokens.services.entries import Entry
from tokens.web.token_fields import NO_ECHO, QuietForm, as_issued, secret, text
from tokens.web.token_forms import TokenForm


class PasteStartForm(QuietForm):
    """One token of any company."""

    token = secret(
        "One API token",
        strip=True,
        max_length=4096,
        help_text="Sealed at once, and asked about two things: whether it works, and which"
        " companies its user belongs to. After an hour it is forgotten, unless you store it.",
    )


class FinishForm(QuietForm):
    """What to take over: companies by tick, and the token itself if it is ticked, too."""

    secret_fields = ()
    companies = forms.MultipleChoiceField(label="Companies", required=False, error_messages=NO_ECHO)
    register = forms.BooleanField(
        label="Store this token, too",
        required=False,
        help_text="Then company, integration, environment and scope are needed.",
    )
    workspace_id = forms.ChoiceField(
        label="It belongs to",
        required=False,
        error_messages=NO_ECHO,
        help_text="A token belongs to the company in which it was generated.",
    )
    integration = text(
        "Integration", 200, required=False, help_text="What calls Coolset with this token."
    )
    environment = TokenForm.base_fields["environment"]
    scope = TokenForm.base_fields["scope"]
    label = TokenForm.base_fields["label"]
    owner_email = TokenForm.base_fields["owner_email"]
    created_by_email = TokenForm.base_fields["created_by_email"]
    issued_at = TokenForm.base_fields["issued_at"]

    def __init__(self, data: Any = None, *, start: Start, found: Sequence[Offer]) -> None:
        super().__init__(data, initial=_initial(start, found))
        for name in ("environment", "scope"):
            self.fields[name].required = False  # unless the token is stored
        named = [offer for offer in found if offer.kind not in {Kind.NAMELESS, Kind.TAKEN}]
        self.fields["companies"].choices = [  # type: ignore[attr-defined]
            (str(offer.number), offer.name) for offer in found if offer.kind in TICKED
        ]
        self.fields["workspace_id"].choices = [  # type: ignore[attr-defined]
            ("", "Choose…"),
            *((str(offer.number), f"{offer.name} ({offer.number})") for offer in named),
        ]

    def clean(self) -> dict[str, Any]:
        """What a token needs is asked for only where it is stored."""
        cleaned = self.cleaned_data
        if cleaned.get("register"):
            for name in ("workspace_id", "integration", "environment", "scope"):
                if name in cleaned and not cleaned[name]:
                    self.add_error(name, "This is needed to store the token.")
        return cleaned

    @property
    def ticked(self) -> set[int]:
        return {int(number) for number in self.cleaned_data["companies"]}

    @property
    def entry(self) -> Entry | None:
        """The token to be, without its value; None where it is not stored."""
        given = self.cleaned_data
        if not given["register"]:
            return None
        return Entry(
            company_name="",
            workspace_id=int(given["workspace_id"]),
            integration_name=given["integration"],
            environment=given["environment"],
            scope=given["scope"],
            label=given["label"],
            owner_email=given["owner_email"],
            created_by_email=given["created_by_email"],
            issued_at=as_issued(given["issued_at"]),
        )


def _initial(start: Start, found: Sequence[Offer]) -> dict[str, Any]:
    """What the answer suggests: never a tick, but the company that user-config named."""
    numbers = [offer.number for offer in found]
    only = numbers[0] if len(numbers) == 1 and start.complete else None
    said = start.seen_workspace_id if start.seen_workspace_id in numbers else only
    return {"workspace_id": str(said or ""), "created_by_email": start.account_email}
