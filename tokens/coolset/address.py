"""Where tokens may be sent: the one gate between a setting and a Bearer header."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

VENDOR_DOMAIN = "coolset.com"
DEFAULT_URL = "https://developers.coolset.com/api/"
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9._\-:\[\]]+(?:/[A-Za-z0-9._~\-/]*)?\Z", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z", re.ASCII)
#: A gateway makes IPv4 of the last 32 bits (RFC 6052): fine where those lead to the internet.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Others that lead into IPv4, by a tunnel or a gateway of one's own, or that nobody uses any more.
_WAYS_INSIDE = tuple(
    map(ipaddress.ip_network, ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "2002::/16"))
)


class AddressError(ValueError):
    """COOLSET_API_URL or COOLSET_ALLOW_HOST cannot be accepted; the message is safe to show."""


@dataclass(frozen=True, slots=True)
class ApiAddress:
    """The base of the Accounts API. `base` ends in a slash.

    `loopback`: a stand-in on this machine. `allowed`: let in by COOLSET_ALLOW_HOST alone, which
    pages show in a banner and the trail records.
    """

    base: str
    host: str
    loopback: bool
    allowed: bool

    @classmethod
    def parse(cls, url: str, allow_host: str | None = None, *, production: bool) -> "ApiAddress":
        """Read COOLSET_API_URL, or raise AddressError.

        Accepted hosts: coolset.com and its subdomains, `allow_host`, and outside production
        loopback. `http` is for loopback alone. A vendor host without a path means its `/api/`.
        """
        if not _SAFE_URL.match(url):
            raise AddressError("COOLSET_API_URL must be a plain http(s) address: host and path")
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise AddressError("COOLSET_API_URL is not an address") from None
        loopback, vendor = is_loopback(host), _is_vendor(host)
        allowed = bool(allow_host) and host == _clean_host(allow_host or "")
        _check(
            parts.scheme, host, loopback=loopback, production=production, known=vendor or allowed
        )
        path = _clean_path(parts.path) or ("/api" if vendor else "")
        shown = f"[{host}]" if ":" in host else host
        netloc = shown if port is None else f"{shown}:{port}"
        return cls(f"{parts.scheme}://{netloc}{path}/", host, loopback, allowed)

    def join(self, path: str) -> str:
        """The full address of an endpoint, given relative to the base, as `accounts/…/`."""
        return self.base + path.lstrip("/")

    def permits_peer(self, peer: str) -> bool:
        """Whether the IP address that the host resolved to may be connected to.

        A loopback name must stay on this machine (it may speak plain http). A vendor host must be
        out on the internet: a private or loopback answer for it is a tampered resolver. A host
        that the administrator named in COOLSET_ALLOW_HOST may be anywhere, private nets included.
        """
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if self.loopback:
            return address.is_loopback
        return self.allowed or _is_outside(address)


def is_loopback(host: str) -> bool:
    """`localhost`, 127.0.0.0/8 and ::1, in their plain spelling."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is out on the internet, and does not lead back in by another kind of address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return _is_outside(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.is_site_local or any(address in each for each in _WAYS_INSIDE):
            return False
    return address.is_global and not address.is_multicast


def _is_vendor(host: str) -> bool:
    return host == VENDOR_DOMAIN or host.endswith("." + VENDOR_DOMAIN)


def _clean_host(text: str) -> str:
    host = text.strip().lower().removeprefix("[").removesuffix("]")
    if not (_HOST.match(host) or _is_ip(host)):
        raise AddressError("COOLSET_ALLOW_HOST must be one host name, without scheme or port")
    return host


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _clean_path(path: str) -> str:
    trimmed = path.rstrip("/")
    if "//" in trimmed or any(part in {".", ".."} for part in trimmed.split("/")):
        raise AddressError("COOLSET_API_URL has a path that does not read one way only")
    return trimmed


def _check(scheme: str, host: str, *, loopback: bool, production: bool, known: bool) -> None:
    if not (_HOST.match(host) or _is_ip(host)) or ".." in host:
        raise AddressError("COOLSET_API_URL has no proper host name")
    if scheme != "https" and not loopback:
        raise AddressError("COOLSET_API_URL must be https:// (http:// is for loopback alone)")
    if known or (loopback and not production):
        return
    raise AddressError(
        "COOLSET_API_URL must be a host of coolset.com; name another one in COOLSET_ALLOW_HOST"
    )
