"""Who is signed in, from what was read together with the session: one query less on every page.

The account is read anew at each request, so one that was disabled, or whose role or password
changed, is met as it is now. Only the plain case is decided here; whatever else there is (another
password, a secret key of before, a disabled account, a back end that was taken out) is Django's to
decide, which looks the account up itself.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from tokens.models import Account


class SignedInMiddleware(AuthenticationMiddleware):
    """Django's own, with `account_of` in the place of its look-up."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: account_of(request))  # type: ignore[assignment]


def account_of(request: HttpRequest) -> Any:
    """The account that this session opens, or nobody."""
    session = request.session
    whose = session.get(SESSION_KEY)  # reads the session where nobody has yet
    account = getattr(session, "account", None)
    if account is not None and whose == str(account.pk) and _opens(account, session):
        return account
    return get_user(request)


def _opens(account: Account, session: Any) -> bool:
    """What `django.contrib.auth.get_user` asks of a session that lets in, with nothing open."""
    return (
        account.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            session.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash()
        )
    )
