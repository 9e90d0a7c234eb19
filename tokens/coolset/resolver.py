"""Name resolution that checks where a name leads, at the moment of connecting."""

import asyncio
import socket
import threading
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from tokens.coolset.address import ApiAddress


class ForbiddenPeer(OSError):
    """The name resolves to a place that tokens may not be sent to."""


class GuardedResolver(AbstractResolver):
    """The system's resolver, minus every address that `ApiAddress.permits_peer` refuses.

    Each lookup runs in a daemon thread of its own: `getaddrinfo` cannot be cancelled, and a
    resolver that hangs must hold up neither a probe beyond its wall clock nor the process's end.
    Lookups are rare, since aiohttp caches them and keeps connections.
    """

    def __init__(self, address: ApiAddress) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The permitted addresses of `host`. Raises OSError, which aiohttp turns into its own."""
        found = await _lookup(host, port, family)
        permitted = [entry for entry in found if self._address.permits_peer(entry["host"])]
        if not permitted:
            raise ForbiddenPeer("no permitted address")
        return permitted

    async def close(self) -> None:
        """Nothing to close."""


async def _lookup(host: str, port: int, family: int) -> list[ResolveResult]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[ResolveResult]] = loop.create_future()

    def run() -> None:
        try:
            rows = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            entries = [_entry(host, port, row) for row in rows]
        except (OSError, UnicodeError) as error:
            _call(loop, _fail, future, OSError(type(error).__name__))
        else:
            _call(loop, _succeed, future, entries)

    threading.Thread(target=run, name="coolset-dns", daemon=True).start()
    return await future


def _entry(host: str, port: int, row: tuple[Any, ...]) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=row[4][0],
        port=port,
        family=row[0],
        proto=row[2],
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _call(loop: asyncio.AbstractEventLoop, function: Any, *arguments: Any) -> None:
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:  # the loop is closed: nobody waits for this lookup any more
        return


def _succeed(future: asyncio.Future[list[ResolveResult]], entries: list[ResolveResult]) -> None:
    if not future.done():
        future.set_result(entries)


def _fail(future: asyncio.Future[list[ResolveResult]], error: OSError) -> None:
    if not future.done():
        future.set_exception(error)
