"""By what somebody can prove anew who they are: the password, the provider, or a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from tokens.errors import VaultError
from tokens.models import Account
from tokens.services import accounts
from tokens.services.open_password import is_closed
from tokens.services.second_factor import check_second_factor
from tokens.services.sign_on import record_proved_anew
from tokens.sign_on.config import configured
from tokens.web.second_step import CODES, TOO_MANY, UNREADABLE, WRONG, CodeForm
from tokens.web.throttle import address_of


@dataclass(frozen=True, slots=True)
class Ways:
    """`provider`: its name, where this account is known there. `code`: in the password's place."""

    password: bool
    provider: str
    code: bool


def ways_of(account: Account, now: datetime) -> Ways:
    config = configured()
    linked = config and account.identities.filter(issuer=config.issuer).exists()
    password = account.has_usable_password() and not is_closed(account.email, now)
    return Ways(
        password=password,
        provider=config.name if config and linked else "",
        code=not password and account.has_second_factor,
    )


def proved_by_code(request: HttpRequest, account: Account, form: CodeForm, now: datetime) -> bool:
    """Whether the code opens, under the limits of the second step; else the form says why not."""
    if not form.is_valid():
        return False
    if not CODES.take(str(account.pk)):
        form.add_error("code", TOO_MANY)
        return False
    try:
        method = check_second_factor(of=account, code=form.cleaned_data["code"], now=now)
    except VaultError:
        form.add_error("code", UNREADABLE)
        return False
    if method is None:
        form.add_error("code", WRONG)
        accounts.record_failed_sign_in(
            email=account.email, address=address_of(request), locked=False, now=now
        )
        return False
    CODES.give_back(str(account.pk))
    by = method.value.removeprefix("password and ")
    record_proved_anew(account=account, address=address_of(request), method=by, now=now)
    return True
