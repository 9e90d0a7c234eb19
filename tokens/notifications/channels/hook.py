"""One signed request to a webhook (standardwebhooks.com), the way deadman.py pings.

No redirects, no proxy of the environment, no cookies; the answer's body is not read. Address and
secret stand in no log and no exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
from standardwebhooks import Webhook
from yarl import URL

from tokens.coolset.failures import word_for
from tokens.coolset.resolver import ForbiddenPeer, GuardedResolver
from tokens.errors import InvalidInput
from tokens.notifications.channels.addresses import check_webhook, place_of
from tokens.notifications.channels.answers import Answer

#: Wall clock of one attempt, looking up the name included.
SECONDS = 10.0
_HEADERS = {
    "User-Agent": "coolset-token-governance",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes out: `message_id` is the same at every attempt, `at` the moment of this one."""

    message_id: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """Where to. The secrets sign side by side while one takes over from another."""

    url: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)
    allow: Collection[str] = ()
    production: bool = True


def post(target: Target, letter: Letter, *, seconds: float = SECONDS) -> Answer:
    """Send it once. Accepted means any 2xx, and nothing else."""
    try:
        check_webhook(target.url, allow=target.allow, production=target.production)
    except InvalidInput:
        return Answer("not_usable")
    return asyncio.run(_post(target, letter, seconds))


def signature(secrets: Sequence[str], letter: Letter) -> str:
    """One signature per secret, separated by blanks, as the specification has it."""
    made = [Webhook(one).sign(letter.message_id, letter.at, letter.body) for one in secrets]
    return " ".join(made)


async def _post(target: Target, letter: Letter, seconds: float) -> Answer:
    headers = {
        "webhook-id": letter.message_id,
        "webhook-timestamp": str(int(letter.at.timestamp())),
        "webhook-signature": signature(target.secrets, letter),
    }
    try:
        async with asyncio.timeout(seconds), _session(target) as session:
            request = session.post(
                URL(target.url, encoded=True),
                data=letter.body.encode(),
                headers=headers,
                allow_redirects=False,
            )
            async with request as answer:
                good = 200 <= answer.status < 300
                return Answer("" if good else "status", answer.status)
    except Exception as error:
        if isinstance(getattr(error, "os_error", None), ForbiddenPeer):
            return Answer("address")
        return Answer(word_for(error).value)


def _session(target: Target) -> aiohttp.ClientSession:
    host = (urlsplit(target.url).hostname or "").lower()
    place = place_of(host, allow=target.allow, production=target.production)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=GuardedResolver(place), force_close=True),
        headers=_HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # our clock rules
        auto_decompress=False,
        trust_env=False,
    )
