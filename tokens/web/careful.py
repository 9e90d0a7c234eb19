"""Forms that show a domain error at its field, and never render back a token in a wrong field."""

from __future__ import annotations

from typing import Any

from django import forms

from tokens.errors import DomainError
from tokens.policy.fields import has_prefixed_token

NOT_OFFERED = "Select a valid choice."


class CarefulForm(forms.Form):
    """A form of plain fields. Whoever pastes a token into one is refused, and sees it emptied."""

    def refuse(self, error: DomainError, **fields: str) -> None:
        """Show a service's error at its field; `fields` maps the service's names to this form's."""
        name = fields.get(error.field, error.field)
        if name in self.fields:
            self.add_error(name, sentence(error.message))
        else:
            self.add_error(None, sentence(f"{error.field} {error.message}".strip()))

    def full_clean(self) -> None:
        super().full_clean()
        self._forget_echoes()
        self.forget_tokens()

    def _forget_echoes(self) -> None:
        """Django's errors of choices and ids repeat what was sent: ours say what is wrong."""
        for name, errors in self.errors.items():
            for each in errors.as_data() if name in self.fields else ():
                if "%(value)" in str(each.message):
                    each.message, each.params = NOT_OFFERED, None

    def forget_tokens(self) -> None:
        """Empty every text of the input that holds a token; nothing echoes it after this."""
        if not self.is_bound:
            return
        data: Any = self.data
        found = [name for name in data if _holds_token(data, name)]
        if found:
            emptied = data.copy()
            for name in found:
                emptied[name] = ""
            self.data = emptied


def _holds_token(data: Any, name: str) -> bool:
    values = data.getlist(name) if hasattr(data, "getlist") else [data[name]]
    return any(isinstance(value, str) and has_prefixed_token(value) for value in values)


def sentence(message: str) -> str:
    """An error of a rule is the end of a sentence whose beginning is the field's label."""
    text = message[:1].upper() + message[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."
