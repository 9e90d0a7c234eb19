"""How often somebody may try something, counted in the shared cache; for pages and API."""

import hashlib
from dataclasses import dataclass
from functools import cache as remembered

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `limit` tries in any `seconds` for each key.

    A try is taken before the work that it pays for, by adding one of `limit` entries to the cache,
    which only one process can. So requests that come all at once never pass the limit: a counter
    that is read first and raised afterwards lets all of them through.

    `open_without_cache`: whether tries are free while the cache does not answer.
    """

    scope: str
    limit: int
    seconds: int
    open_without_cache: bool = False

    def take(self, key: str) -> bool:
        """Take one try from `key`; False where it has none left."""
        try:
            return any(cache.add(name, 1, self.seconds) for name in self._names(key))
        except cache_trouble() as error:
            log.warning("throttle.no_cache", scope=self.scope, kind=type(error).__name__)
            return self.open_without_cache

    def give_back(self, key: str) -> None:
        """All tries of `key` are free again."""
        try:
            cache.delete_many(self._names(key))
        except cache_trouble() as error:
            log.warning("throttle.no_cache", scope=self.scope, kind=type(error).__name__)

    def _names(self, key: str) -> list[str]:
        # Hashed: keys hold what people type, and a cache takes neither blanks nor great length.
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return [f"throttle:{self.scope}:{digest}:{number}" for number in range(self.limit)]


def address_of(request: HttpRequest) -> str:
    """The peer's own address; a header that a client can write counts for nothing."""
    return str(request.META.get("REMOTE_ADDR", ""))


@remembered
def cache_trouble() -> tuple[type[Exception], ...]:
    """What a cache raises that does not answer: the database's errors, or those of Redis."""
    if not settings.REDIS_URL:
        return (DatabaseError, OSError)
    # Imported here: it takes longer than Django itself, and a local instance has no Redis.
    from redis import RedisError

    return (DatabaseError, OSError, RedisError)
