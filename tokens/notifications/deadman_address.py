"""Which address the dead-man's switch may have. Apart from the ping: start-up checks read it."""

from __future__ import annotations

from urllib.parse import urlsplit

from tokens.coolset.address import is_loopback


class DeadmanError(ValueError):
    """DEADMAN_URL cannot be used; the message does not repeat it."""


def check_url(url: str) -> bool:
    """Whether this address is on loopback. Raises DeadmanError for what may not be called.

    `https://`, or `http://` on loopback, with a host and without user or password.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        fine = bool(host) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:
        fine, host = False, ""
    if not fine or not url.isascii() or not url.isprintable() or " " in url:
        raise DeadmanError("DEADMAN_URL is not an address")
    loopback = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise DeadmanError("DEADMAN_URL must be https:// (http:// is for loopback alone)")
    return loopback
