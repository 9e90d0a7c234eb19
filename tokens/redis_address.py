"""Where Redis is: one server, or sentinels that say which server it is at the moment.

`redis://[user:password@]host[:port][/db]` is redis-py's own. Sentinels, which no library takes as
one address, are `sentinel://[user:password@]host[:port],host[:port],…[/db]?master=name`; user and
password are those of Redis, `sentinel_password=` that of the sentinels, where they have one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    from redis import Redis
    from redis.sentinel import SentinelConnectionPool

SCHEME = "sentinel"
PORT = 26379
_MASTER = "master"
_SENTINEL_PASSWORD = "sentinel_password"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Whom to ask, for which server, and how to sign in there."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    db: int
    username: str
    password: str = field(repr=False)
    sentinel_password: str = field(repr=False)

    def broker_url(self) -> str:
        """As kombu wants it: an address per sentinel, each with what signs in at the server."""
        sign_in = f"{quote(self.username, '')}:{quote(self.password, '')}@" if self.password else ""
        return ";".join(f"{SCHEME}://{sign_in}{_shown(host)}/{self.db}" for host in self.hosts)

    def asking(self, seconds: float) -> dict[str, Any]:
        """How the sentinels themselves are asked; each answers within `seconds`, or the next is."""
        limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
        return limits | ({"password": self.sentinel_password} if self.sentinel_password else {})


def read(url: str) -> Sentinels | None:
    """The sentinels of this address; None where it is that of one server.

    Raises ValueError that says what is wrong, without the address, which may hold a password.
    """
    if not url.startswith(f"{SCHEME}://"):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # which repeats what it cannot read
        raise ValueError("cannot be read as an address") from None
    sign_in, _, hosts = parts.netloc.rpartition("@")
    username, _, password = sign_in.partition(":")
    query = parse_qs(parts.query)
    if query.keys() - {_MASTER, _SENTINEL_PASSWORD}:
        # Not which: it may be the end of a password that holds a question mark.
        known = f"{_MASTER} and {_SENTINEL_PASSWORD}"
        raise ValueError(f"has an unknown word after the question mark; known are {known}")
    database = parts.path.strip("/") or "0"
    if not database.isdecimal():
        raise ValueError("must name the database by its number, as in …/0")
    return Sentinels(
        hosts=tuple(_host(each) for each in hosts.split(",")),
        master=query.get(_MASTER, ["mymaster"])[0],
        db=int(database),
        username=unquote(username),
        password=unquote(password),
        sentinel_password=query.get(_SENTINEL_PASSWORD, [""])[0],
    )


def connect(url: str, *, seconds: float) -> Redis:
    """A client of the server, whichever it is; each step takes at most `seconds`."""
    # Imported here: it takes longer than Django itself, and a local instance has no Redis.
    from redis import Redis

    limits = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    if read(url) is None:
        return Redis.from_url(url, **limits)
    return Redis.from_pool(SentinelPool.from_url(url, **limits))


class SentinelPool:
    """What Django's cache takes for a class of pools."""

    @staticmethod
    def from_url(url: str, **options: Any) -> SentinelConnectionPool:
        """Connections to the server that the sentinels name; they are asked at each connecting."""
        from redis.sentinel import Sentinel, SentinelConnectionPool

        found = read(url)
        if found is None:
            raise ValueError("names no sentinels")
        sign_in = {"username": found.username or None, "password": found.password or None}
        asking = found.asking(options["socket_timeout"])
        manager = Sentinel(found.hosts, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
        return SentinelConnectionPool(  # type: ignore[no-untyped-call]
            found.master, manager, db=found.db, **sign_in, **options
        )


def _host(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise ValueError("must name each sentinel as host:port, with commas between them")
    return host, port or PORT


def _shown(host: tuple[str, int]) -> str:
    name, port = host
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
