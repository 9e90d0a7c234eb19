"""Sign-in, sign-out and passwords. Attempts are limited by django-axes; each outcome is audited."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import LoginView, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tokens.audit import account as actor_of
from tokens.models import Account
from tokens.policy.roles import Permission
from tokens.services import accounts
from tokens.sign_on.config import configured
from tokens.web.access import needs, public
from tokens.web.forms import SignInForm
from tokens.web.second_step import ask_for_code
from tokens.web.throttle import Throttle, address_of
from tokens.web.way_back import without_token

#: Whoever finds a signed-in browser must not find the password by trying it as the old one.
OLD_PASSWORDS = Throttle("old-password", limit=5, seconds=900)


@public
@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SignIn(LoginView):
    """E-mail and password; the session gets a new id. Who is signed in goes on to the start."""

    authentication_form = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        account = form.get_user()
        if account.has_second_factor:
            return ask_for_code(self.request, account, self.get_success_url())
        login(self.request, account)
        accounts.record_sign_in(
            account=account,
            address=address_of(self.request),
            actor=actor_of(account),
            now=timezone.now(),
        )
        return HttpResponseRedirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, config = super().get_context_data(**kwargs), configured()
        if config is not None:
            # Single sign-on stands first; a phone need not open its keyboard.
            found["form"].fields["username"].widget.attrs.pop("autofocus", None)
        return {**found, "sign_on": config}

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where to go on to: on this host, and without a token that stood in the address."""
        return without_token(super().get_redirect_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        """Audit a wrong password. Whoever was turned away unread was told so, and audited, before:
        nobody may fill a trail that is kept for good."""
        given = "username" in form.cleaned_data and "password" in form.cleaned_data
        if given and not form.turned_away:
            accounts.record_failed_sign_in(
                email=form.cleaned_data["username"],
                address=address_of(self.request),
                locked=bool(getattr(self.request, "axes_locked_out", False)),
                now=timezone.now(),
            )
        return super().form_invalid(form)


@needs(Permission.OWN)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; only by POST, so no foreign page can do it with a link."""
    account = _me(request)
    accounts.record_sign_out(
        account=account,
        address=address_of(request),
        actor=actor_of(account),
        now=timezone.now(),
    )
    logout(request)
    return redirect("login")


@needs(Permission.OWN)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password, with the present one; this session stays, others end."""
    account = _me(request)
    form = PasswordChangeForm(account, request.POST or None)
    if request.method == "POST" and not OLD_PASSWORDS.take(str(account.pk)):
        form = PasswordChangeForm(account)
        messages.error(request, "Too many tries. Wait fifteen minutes.")
        return render(request, "accounts/password.html", {"form": form}, status=429)
    if form.is_bound and "old_password" not in form.errors:
        OLD_PASSWORDS.give_back(str(account.pk))
    elif form.is_bound and request.POST.get("old_password"):
        accounts.record_failed_sign_in(
            email=account.email, address=address_of(request), locked=False, now=timezone.now()
        )
    if request.method == "POST" and form.is_valid():
        accounts.set_password(
            account=account,
            password=form.cleaned_data["new_password1"],
            actor=actor_of(account),
            now=timezone.now(),
        )
        update_session_auth_hash(request, account)
        messages.success(request, "Your password was changed.")
        return redirect("password")
    context = {"form": form, "sign_on": configured()}
    return render(request, "accounts/password.html", context)


class WelcomeForm(SetPasswordForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Sets the password through the service, so that it is audited."""

    def save(self, commit: bool = True) -> Account:
        account: Account = self.user
        accounts.set_password(
            account=account,
            password=self.cleaned_data["new_password1"],
            actor=actor_of(account),
            now=timezone.now(),
        )
        return account


@public
class Welcome(PasswordResetConfirmView):
    """The one-time link of a new account. Django moves its token into the session at once."""

    form_class = WelcomeForm
    template_name = "accounts/welcome.html"
    success_url = reverse_lazy("login")

    def get_user(self, uidb64: str) -> Any:
        """A disabled account's link is as good as none."""
        found = super().get_user(uidb64)
        return found if found is not None and found.is_active else None


def _me(request: HttpRequest) -> Account:
    """The signed-in account; `needs` has made sure that there is one."""
    if not isinstance(request.user, Account):
        raise TypeError("this view was reached without an account")
    return request.user
