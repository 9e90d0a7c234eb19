"""The keyring under a key of Vault's transit engine: two endpoints of its HTTP API.

No redirects, no proxy of the environment, an answer of bounded size, one clock over all of it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from tokens.coolset.address import ApiAddress, is_loopback
from tokens.coolset.resolver import GuardedResolver
from tokens.errors import KeyringError
from tokens.key_providers.place import AWAY, MALFORMED, REFUSED, SECONDS, UNREADABLE, Place

MOUNT = "transit"
LARGEST_ANSWER = 64 * 1024
_KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}\Z", re.ASCII)
_WORDS = {400: UNREADABLE, 404: UNREADABLE, 403: REFUSED}
_OK = 200


def decrypt(place: Place) -> bytes | None:
    """The plaintext, or None where the answer holds none."""
    return _decoded(_ask(place, "decrypt", {"ciphertext": place.wrapped}).get("plaintext"))


def encrypt(place: Place, keyring: bytes) -> str:
    """Vault's own form, `vault:v1:…`."""
    asked = {"plaintext": base64.b64encode(keyring).decode()}
    wrapped = _ask(place, "encrypt", asked).get("ciphertext")
    if not isinstance(wrapped, str) or not wrapped.startswith("vault:"):
        raise KeyringError(MALFORMED)
    return wrapped


def _ask(place: Place, act: str, body: dict[str, str]) -> dict[str, Any]:
    address = _address(place, act)
    if not place.vault_token.isascii() or not place.vault_token.isprintable():
        raise KeyringError("VAULT_TOKEN cannot be sent: it holds other than printable ASCII")
    status, answer = asyncio.run(_post(address, place.vault_token, body))
    if status != _OK:
        raise KeyringError(_WORDS.get(status, AWAY))
    return _data(answer)


def _address(place: Place, act: str) -> ApiAddress:
    """`https://`, or `http://` on this machine: the keyring comes back over this line."""
    try:
        parts = urlsplit(place.vault_addr)
        host = (parts.hostname or "").lower()
        fine = bool(host) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:
        fine, host, parts = False, "", urlsplit("")
    if not fine or parts.query or parts.fragment:
        raise KeyringError("VAULT_ADDR is not an address")
    loopback = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise KeyringError("VAULT_ADDR must be https:// (http:// is for loopback alone)")
    if not _KEY_NAME.match(place.vault_key):
        raise KeyringError("VAULT_TRANSIT_KEY is not the name of a key")
    url = f"{place.vault_addr.rstrip('/')}/v1/{MOUNT}/{act}/{place.vault_key}"
    return ApiAddress(url, "", loopback=loopback, allowed=True)


async def _post(address: ApiAddress, token: str, body: dict[str, str]) -> tuple[int, bytes]:
    """Status and body; status 0 where there is no whole answer in time."""
    headers = {"X-Vault-Token": token, "X-Vault-Request": "true", "Accept-Encoding": "identity"}
    try:
        async with (
            asyncio.timeout(SECONDS),
            _session(address) as session,
            session.post(
                URL(address.base, encoded=True), json=body, headers=headers, allow_redirects=False
            ) as answer,
        ):
            return answer.status, await _bounded(answer.content)
    except (aiohttp.ClientError, OSError, ValueError):  # TimeoutError is an OSError
        return 0, b""


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    """The whole body; empty, which is no answer, where it is longer than any keyring."""
    body = bytearray()
    async for chunk in content.iter_chunked(8192):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            return b""
    return bytes(body)


def _session(address: ApiAddress) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=GuardedResolver(address), force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # our clock rules
        auto_decompress=False,
        trust_env=False,
    )


def _data(answer: bytes) -> dict[str, Any]:
    """The answer's `data`, empty where it has none. An error of json would hold the text."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    data = found.get("data") if isinstance(found, dict) else None
    return data if isinstance(data, dict) else {}


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except ValueError:
        return None
