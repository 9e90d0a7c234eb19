"""Who calls the API: a signed-in account, a script by its key, an integration by its usage key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from tokens.audit import Actor, account, api_key
from tokens.models import ApiKey, UsageKey
from tokens.policy.roles import Rights
from tokens.services.api_keys import PREFIX, authenticate_api_key
from tokens.services.record_refused_key import record_refused_key
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


@dataclass(frozen=True, slots=True)
class Script:
    """The caller behind an API key: no account, and allowed what the key names."""

    key: ApiKey
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def pk(self) -> Any:
        return self.key.pk

    @property
    def rights(self) -> Rights:
        return self.key.rights

    def __str__(self) -> str:
        return self.key.hint


def actor_of(request: Request) -> Actor:
    """Who acts, for the audit trail: the account, or the key by its name."""
    caller = request.user
    if isinstance(caller, Script):
        return api_key(name=caller.key.name, key_id=caller.key.pk)
    if isinstance(caller, KeyHolder):
        return api_key(name=caller.key.hint, key_id=caller.key.pk)
    return account(caller)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key ctg_…`. Other schemes are left to the session.

    A wrong key is answered with 401, and with 429 once its address sent too many. A right one is
    let in all the same: 32 random bytes are not found by trying, and one misconfigured service
    must not shut out its neighbours behind the same address.
    """

    def authenticate(self, request: Request) -> tuple[KeyHolder | Script, Any] | None:
        scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        now, address = timezone.now(), str(request.META.get("REMOTE_ADDR", ""))
        holder = _holder(plain.strip(), now)
        if holder is None:
            record_refused_key(plain=plain.strip(), address=address, now=now)
            _count_failure(address)
            raise AuthenticationFailed("This key is not known, or it ended.")
        return holder, holder.key

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="Coolset token governance"'


def _holder(plain: str, now: datetime) -> KeyHolder | Script | None:
    """Who holds this key; which kind it is stands at its beginning."""
    if plain.startswith(PREFIX):
        found = authenticate_api_key(plain=plain, now=now)
        return None if found is None else Script(found)
    usage = authenticate(plain=plain, now=now)
    return None if usage is None else KeyHolder(usage)


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
