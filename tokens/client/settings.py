"""Which server, and with which key: from the environment, since arguments are seen by others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tokens.client.trouble import Trouble, bad

URL, KEY, PROXY = "COOLSET_TOKENS_URL", "COOLSET_TOKENS_KEY", "COOLSET_TOKENS_PROXY"
KEY_FILE = f"{KEY}_FILE"
#: Keys of scripts and of integrations (docs/guide/api-keys.md).
_KEY = re.compile(r"ctgk?_[A-Za-z0-9_-]{20,200}", re.ASCII)
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._\-:\[\]]+(?:/[A-Za-z0-9._~\-/]*)?", re.ASCII)
_LARGEST_FILE = 4096


@dataclass(frozen=True, slots=True)
class Server:
    """`base` ends in a slash; `proxy` is "" for none."""

    base: str
    key: str = field(repr=False)
    proxy: str = field(repr=False, default="")

    @property
    def for_usage(self) -> bool:
        """Whether the key is one that integrations report their use with."""
        return not self.key.startswith("ctgk_")


def server_from(environment: Mapping[str, str]) -> Server:
    """Raises Trouble, which names the variable and never what it holds."""
    return Server(
        base=base_from(environment),
        key=_key(environment),
        proxy=_proxy(environment.get(PROXY, "").strip()),
    )


def base_from(environment: Mapping[str, str]) -> str:
    """The address of the product. Plain http is for this machine alone. Raises Trouble."""
    given = environment.get(URL, "").strip()
    if not given:
        raise bad(f"Set {URL} to the address of the product, as https://governance.example.com.")
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not _ADDRESS.fullmatch(given):
        raise bad(f"{URL} is not a plain address: https://, host and path alone.")
    if given.startswith("http://") and not _is_loopback(host):
        raise bad(f"{URL} must begin with https://: over http everybody on the way reads the key.")
    return given.rstrip("/") + "/"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _key(environment: Mapping[str, str]) -> str:
    given, name = environment.get(KEY, ""), environment.get(KEY_FILE, "")
    if given and name:
        raise bad(f"Both {KEY} and {KEY_FILE} are set: unset one.")
    if not given and not name:
        raise bad(f"Set {KEY_FILE} to a file with an API key, or {KEY} to the key itself.")
    key = (_read(Path(name)) if name else given).strip()
    if not _KEY.fullmatch(key):
        raise bad(f"{KEY_FILE if name else KEY} holds no key of this product (ctgk_… or ctg_…).")
    return key


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST_FILE).decode("ascii", "replace")
    except OSError as error:
        reason = error.strerror
    raise bad(f"The file that {KEY_FILE} names cannot be read: {reason}.")


def _proxy(given: str) -> str:
    if given and not re.match(r"https?://[^\s/]+/?\Z", given):
        raise Trouble(
            f"{PROXY} is not the address of a proxy, as http://proxy.example.com:3128.", 2
        )
    return given
