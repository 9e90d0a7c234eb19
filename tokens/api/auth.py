"""Who calls the API: a signed-in account, or an integration with its usage key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from tokens.models import UsageKey
from tokens.services.usage_keys import authenticate

SCHEME = "Api-Key"
#: Wrong keys from one address within so many seconds, after which the answer is 429.
FAILURES, SECONDS = 30, 300


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """The caller behind a usage key: nobody's account, and allowed little."""

    key: UsageKey
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def pk(self) -> Any:
        return self.key.pk

    def __str__(self) -> str:
        return self.key.hint


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key ctg_…`. Other schemes are left to the session.

    A wrong key is answered with 401, and with 429 once its address sent too many. A right one is
    let in all the same: 32 random bytes are not found by trying, and one misconfigured service
    must not shut out its neighbours behind the same address.
    """

    def authenticate(self, request: Request) -> tuple[KeyHolder, UsageKey] | None:
        scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        key = authenticate(plain=plain.strip(), now=timezone.now())
        if key is None:
            _count_failure(str(request.META.get("REMOTE_ADDR", "")))
            raise AuthenticationFailed("This key is not known, or it was revoked.")
        return KeyHolder(key), key

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="Coolset token governance"'


def _count_failure(address: str) -> None:
    """Count a wrong key; the window starts with the first. Raises Throttled past the limit."""
    name = f"api-key-failures:{address}"
    if cache.add(name, 1, SECONDS):
        return
    try:
        count = cache.incr(name)
    except ValueError:  # it expired between the two
        cache.set(name, 1, SECONDS)
        return
    if count > FAILURES:
        raise Throttled(wait=SECONDS, detail="Too many wrong keys from this address.")
