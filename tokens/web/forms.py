"""What the forms of the shell share: inputs that are never echoed, e-mail and password fields."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from tokens.models import Account
from tokens.policy.vocabulary import Role
from tokens.services.open_password import is_closed
from tokens.web.careful import CarefulForm
from tokens.web.throttle import Throttle, address_of

#: As many as django-axes allows, but taken before the password is looked at.
SIGN_INS = Throttle("sign-in", limit=5, seconds=900, open_without_cache=True)
EMAIL_LENGTH = 254
ROLES = [
    (Role.ADMINISTRATOR.value, "Administrator"),
    (Role.AUDITOR.value, "Auditor (read-only)"),
    (Role.MEMBER.value, "Member (roles in companies)"),
]


class SecretInput(forms.PasswordInput):
    """A visible text input whose value is never rendered back, not even after an error."""

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        quiet = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__({**quiet, **(attrs or {})}, render_value=False)


class SignInForm(CarefulForm, AuthenticationForm):
    """E-mail and password. One error for every reason, so nobody learns which accounts exist.

    `turned_away`: the attempt came too late to be looked at, so it says nothing about the password.
    """

    error_messages = {  # noqa: RUF012 - Django's own declaration
        "invalid_login": "The e-mail or the password is wrong.",
        "inactive": "The e-mail or the password is wrong.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turned_away = False
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget = forms.EmailInput(
            {"autocomplete": "username", "maxlength": EMAIL_LENGTH, "autofocus": True}
        )

    def clean_username(self) -> str:
        """One spelling per account, for the lookup and for the lock.

        What is no e-mail names nobody. It may be a token or a password in the wrong field, so it is
        neither shown again nor handed to what records attempts.
        """
        username = Account.objects.normalize(self.cleaned_data["username"])
        try:
            validate_email(username)
        except ValidationError:
            username = ""
        if not username or len(username) > EMAIL_LENGTH:
            raise ValidationError("Enter your e-mail.", code="invalid")
        return username

    def clean(self) -> dict[str, Any]:
        """Take a try, then look at the password: guesses that come all at once get no more."""
        username, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        if not (username and password and self.request):
            return self.cleaned_data
        key = f"{username} {address_of(self.request)}"
        if not SIGN_INS.take(key):
            self.turned_away = True
            self.request.axes_locked_out = True  # type: ignore[attr-defined]  # for its middleware
            raise self.get_invalid_login_error()
        if is_closed(username, timezone.now()):
            # Not looked at, so that nobody learns from the answer whether it is the right one.
            raise self.get_invalid_login_error()
        super().clean()
        SIGN_INS.give_back(key)
        return self.cleaned_data

    def forget_tokens(self) -> None:
        super().forget_tokens()
        if self.is_bound and "username" in self.errors:
            emptied: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            emptied["username"] = ""
            self.data = emptied


class SetUpForm(CarefulForm):
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


class AddAccountForm(CarefulForm):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(choices=ROLES, initial=Role.AUDITOR.value)


class RoleForm(CarefulForm):
    role = forms.ChoiceField(choices=ROLES)
