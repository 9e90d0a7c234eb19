"""How often one caller may call: counted per key or account, told in the headers of each answer.

Windows of a minute, counted in the shared cache, so that all processes of web count together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from rest_framework.request import Request

from tokens.throttle import address_of, cache_trouble

log = structlog.get_logger(__name__)
WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a caller's minute; `reset` is how many seconds are left of it."""

    limit: int
    used: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_SECONDS}",
        }


def take_call(request: Request, *, at: float) -> Standing | None:
    """Count one call at `at` (seconds since 1970).

    None where calls are not limited (API_RATE_LIMIT=0), or the cache does not answer: what limits
    guesses fails closed (tokens/throttle.py), this is there to keep one script from being a burden.
    """
    limit = settings.API_RATE_LIMIT
    if limit <= 0:
        return None
    window, passed = divmod(int(at), WINDOW_SECONDS)
    try:
        used = _count(f"api-rate:{_caller(request)}:{window}")
    except cache_trouble() as error:
        log.warning("throttle.no_cache", scope="api-rate", kind=type(error).__name__)
        return None
    return Standing(limit, used, WINDOW_SECONDS - passed)


def _count(name: str) -> int:
    """One more; how many that makes. The cache in a table reads and writes apart: one at a time."""
    if not settings.REDIS_URL:
        with transaction.atomic():
            return _add(name)
    return _add(name)


def _add(name: str) -> int:
    cache.add(name, 0, 2 * WINDOW_SECONDS)
    try:
        return int(cache.incr(name))
    except ValueError:  # it was thrown out between the two
        cache.set(name, 1, 2 * WINDOW_SECONDS)
        return 1


def _caller(request: Request) -> str:
    """The key or the account; of who is neither, the address."""
    if request.user.is_authenticated:
        return f"{type(request.user).__name__}:{request.user.pk}"
    return hashlib.sha256(address_of(request).encode()).hexdigest()
