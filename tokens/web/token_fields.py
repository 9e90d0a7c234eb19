"""What the forms of the token pages are made of: fields that echo no token, and days in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms

from tokens.policy.days import midnight
from tokens.policy.register import looks_like_token
from tokens.policy.vocabulary import Environment, Scope
from tokens.web.careful import CarefulForm
from tokens.web.forms import SecretInput

#: Django's own words for a choice repeat what was sent.
NO_ECHO = {"invalid_choice": "Choose one of the list."}


class QuietForm(CarefulForm):
    """Also forgets values of unknown shapes, and any copy of the secret beside its own field."""

    #: Fields whose value must appear nowhere in what is shown again.
    secret_fields: tuple[str, ...] = ("token",)

    def forget_tokens(self) -> None:
        """Empty every field that holds, or may hold, a token; nothing echoes it after this."""
        super().forget_tokens()
        if not self.is_bound:
            return
        secrets = [str(self.cleaned_data.get(name) or "") for name in self.secret_fields]
        kept: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, or a dict in tests
        for name in self.fields:
            text = str(kept.get(name) or "")
            if looks_like_token(text) or any(secret and secret in text for secret in secrets):
                kept[name] = ""
        self.data = kept


def text(label: str, length: int, **options: Any) -> forms.CharField:
    """A line of text; the longest that may be stored is the service's word, this one is a hint."""
    attrs = options.pop("attrs", {})
    return forms.CharField(
        label=label,
        widget=forms.TextInput({"autocomplete": "off", "maxlength": length, **attrs}),
        **options,
    )


def choice(words: type[Environment] | type[Scope], label: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[("", "Choose…"), *((word.value, word.value) for word in words)],
        error_messages=NO_ECHO,
        **options,
    )


def email(label: str, **options: Any) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off", "maxlength": 254}),
        **options,
    )


def issue_day(**options: Any) -> forms.DateField:
    return forms.DateField(
        label="Issued on (UTC)", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **options
    )


def secret(label: str, **options: Any) -> forms.CharField:
    """The value of a token: shown while it is typed, never again."""
    return forms.CharField(label=label, widget=SecretInput({"class": "mono"}), **options)


def as_issued(day: date | None) -> datetime | None:
    """An issue day means its midnight UTC."""
    return None if day is None else midnight(day)


def as_utc(moment: datetime | None) -> datetime | None:
    """What was typed into a field that says UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)
