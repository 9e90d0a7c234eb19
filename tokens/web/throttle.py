"""How often one address may try something, counted in the shared cache."""

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `limit` tries in `seconds` for each key; the window starts with the first try."""

    scope: str
    limit: int
    seconds: int

    def spent(self, key: str) -> bool:
        """Whether `key` has no try left."""
        return int(cache.get(self._name(key), 0)) >= self.limit

    def count(self, key: str) -> None:
        """Take one try from `key`."""
        name = self._name(key)
        if cache.add(name, 1, self.seconds):
            return
        try:
            cache.incr(name)
        except ValueError:  # it expired between the two
            cache.set(name, 1, self.seconds)

    def _name(self, key: str) -> str:
        return f"throttle:{self.scope}:{key}"


def address_of(request: HttpRequest) -> str:
    """The peer's own address; a header that a client can write counts for nothing."""
    return str(request.META.get("REMOTE_ADDR", ""))
