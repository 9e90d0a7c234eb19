"""What the courier's process may connect to, and what became of it in one word."""

from __future__ import annotations

import socket
from collections.abc import Collection
from typing import Any

from tokens.coolset.address import is_loopback
from tokens.notifications.channels.addresses import place_of


class Forbidden(OSError):
    """The host leads to a place that messages may not be sent to."""


def guard(allow: Collection[str], *, production: bool) -> None:
    """From now on this process connects to permitted addresses alone, whatever a plugin does."""
    plain = socket.getaddrinfo

    def guarded(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        place = place_of(name, allow=allow, production=production)
        if is_loopback(name) and not (place.loopback or place.allowed):
            raise Forbidden("no permitted address")
        found = [row for row in plain(host, *args, **options) if place.permits_peer(str(row[4][0]))]
        if not found:
            raise Forbidden("no permitted address")
        return found

    socket.getaddrinfo = guarded


def word_for(error: BaseException) -> str:
    """The closed word for what went wrong; the exception itself, which holds the address, ends."""
    import requests

    seen = _chain(error)
    for kind, word in (
        (Forbidden, "address"),
        (requests.exceptions.SSLError, "tls"),
        (requests.exceptions.Timeout, "timeout"),
        (socket.gaierror, "dns"),
        (ConnectionRefusedError, "refused"),
        (requests.exceptions.ConnectionError, "reset"),
        (OSError, "reset"),
    ):
        if any(isinstance(each, kind) for each in seen):
            return word
    return "protocol"


def _chain(error: BaseException) -> list[BaseException]:
    """The error with all that it wraps: urllib3 keeps the cause as `reason` or as its argument."""
    found: list[BaseException] = []
    rest: list[Any] = [error]
    while rest:
        step = rest.pop()
        if not isinstance(step, BaseException) or any(step is each for each in found):
            continue
        found.append(step)
        rest += [step.__cause__, step.__context__, getattr(step, "reason", None), *step.args]
    return found
