"""What the forms of the shell share: inputs that are never echoed, e-mail and password fields."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm

from tokens.models import Account
from tokens.policy.vocabulary import Role

ROLES = [(Role.ADMINISTRATOR.value, "Administrator"), (Role.AUDITOR.value, "Auditor (read-only)")]


class SecretInput(forms.PasswordInput):
    """A visible text input whose value is never rendered back, not even after an error."""

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        quiet = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__({**quiet, **(attrs or {})}, render_value=False)


class SignInForm(AuthenticationForm):
    """E-mail and password. One error for every reason, so nobody learns which accounts exist."""

    error_messages = {  # noqa: RUF012 - Django's own declaration
        "invalid_login": "The e-mail or the password is wrong.",
        "inactive": "The e-mail or the password is wrong.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget = forms.EmailInput(
            {"autocomplete": "username", "maxlength": 254, "autofocus": True}
        )

    def clean_username(self) -> str:
        """One spelling per account, for the lookup and for the lock."""
        return Account.objects.normalize(self.cleaned_data["username"])


class SetUpForm(forms.Form):
    """The code that the server printed, and the first administrator."""

    code = forms.CharField(
        label="Set-up code",
        max_length=64,
        widget=SecretInput,
        help_text="The server printed it when it started. It also lies in the file"
        " <code>keys/setup_code</code> of its data folder.",
    )
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput({"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=password_validation.password_validators_help_text_html,
    )

    def clean(self) -> dict[str, Any]:
        """Run the validators with the e-mail at hand, and name the field."""
        cleaned = self.cleaned_data
        if "password" in cleaned:
            account = Account(email=cleaned.get("email", ""))
            try:
                password_validation.validate_password(cleaned["password"], account)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class AddAccountForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(choices=ROLES, initial=Role.AUDITOR.value)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=ROLES)
