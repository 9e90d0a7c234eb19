"""The dead-man's switch: a service elsewhere that calls somebody when our pings stay away.

Its address is a secret: whoever knows it can keep the switch quiet. It stands in no log, no page
and no exception.
"""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from tokens.coolset.address import ApiAddress
from tokens.coolset.failures import word_for
from tokens.coolset.resolver import GuardedResolver
from tokens.notifications.deadman_address import check_url

#: Wall clock of one ping, looking up its name included.
SECONDS = 5.0
_HEADERS = {"User-Agent": "coolset-token-governance", "Accept-Encoding": "identity"}


def ping(url: str, *, seconds: float = SECONDS) -> str:
    """Call it once; empty where it answered 2xx, else one word for what went wrong.

    No redirects, no proxy of the environment, no cookies; the body is not read. Raises
    DeadmanError for an address that may not be called.
    """
    loopback = check_url(url)
    return asyncio.run(_ping(url, loopback, seconds))


async def _ping(url: str, loopback: bool, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds), _session(url, loopback) as session:
            address = URL(url, encoded=True)
            async with session.get(address, allow_redirects=False) as answer:
                return "" if 200 <= answer.status < 300 else f"status {answer.status}"
    except Exception as error:
        return word_for(error).value


def _session(url: str, loopback: bool) -> aiohttp.ClientSession:
    # "Allowed" as COOLSET_ALLOW_HOST is: the administrator named it, private nets included.
    place = ApiAddress(url, "", loopback=loopback, allowed=True)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=GuardedResolver(place), force_close=True),
        headers=_HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # our clock rules
        auto_decompress=False,
        trust_env=False,
    )
