"""Which addresses a webhook may have, and where channels may connect to.

The rules of the product's other calls (COOLSET_ALLOW_HOST, DEADMAN_URL), for addresses that are
typed on a page and not set on the server: private nets need NOTIFY_ALLOW_HOSTS.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from tokens.coolset.address import ApiAddress, is_loopback
from tokens.errors import InvalidInput

LONGEST = 2000


def place_of(host: str, *, allow: Collection[str], production: bool) -> ApiAddress:
    """What the resolver is asked at the moment of connecting to `host`.

    Loopback stays on this machine and is for instances outside production; a host that the server
    allows may be anywhere; every other one must be out on the internet.
    """
    name = host.lower()
    allowed = name in {each.lower() for each in allow}
    loopback = is_loopback(name) and not allowed and not production
    return ApiAddress("", name, loopback=loopback, allowed=allowed)


def check_webhook(url: str, *, allow: Collection[str], production: bool) -> str:
    """What pages show of a webhook's address: scheme and host. Raises InvalidInput.

    `https://`, or `http://` on loopback; with a host and without user or password. The message
    never repeats the address.
    """
    host, port = _host(url)
    parts = urlsplit(url)
    place = place_of(host, allow=allow, production=production)
    if parts.scheme != "https" and not (parts.scheme == "http" and place.loopback):
        raise InvalidInput("must be https:// (http:// is for this machine alone)", field="url")
    refuse_private(host, place)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def refuse_private(host: str, place: ApiAddress) -> None:
    """Say at once what the resolver would say later. Raises InvalidInput."""
    refused = is_loopback(host) and not (place.loopback or place.allowed)
    if not refused:
        try:
            refused = not place.permits_peer(str(ipaddress.ip_address(host)))
        except ValueError:  # a name: where it leads is looked at when it is called
            refused = False
    if refused:
        raise InvalidInput(
            "leads into a private network; the server's NOTIFY_ALLOW_HOSTS can allow its host",
            field="url",
        )


def _host(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
        fine = bool(host) and "@" not in parts.netloc and port != 0
    except ValueError:
        fine, host, port = False, "", None
    fine = fine and not _is_odd_number(host)
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not fine or not plain or len(url) > LONGEST:
        raise InvalidInput("is not an address", field="url")
    return host, port


def _is_odd_number(host: str) -> bool:
    """Whether this is an IP address in a spelling that only some programs read: 127.1, 0x7f000001.

    A host whose last part is a number is never a name (WHATWG URL, "ends in a number").
    """
    last = host.rstrip(".").rpartition(".")[2]
    if not re.fullmatch(r"\d+|0x[0-9a-f]*", last, re.ASCII):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False
