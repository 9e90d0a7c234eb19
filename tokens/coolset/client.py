"""The client that asks Coolset whether a token works. One request, one wall clock, no retries."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from tokens.coolset.address import ApiAddress
from tokens.coolset.classify import Verdict, classify
from tokens.coolset.exchange import exchange
from tokens.coolset.outcomes import Answer, Problem, Workspaces
from tokens.coolset.resolver import GuardedResolver
from tokens.coolset.workspaces import PAGE_SIZE, PATH, Listing
from tokens.policy.vocabulary import Outcome

PROBE_PATH = "accounts/user-config/"
_SENDABLE = re.compile(r"[!-~]{1,512}\Z", re.ASCII)
_FIXED_HEADERS = {
    "Accept": "application/json",
    # A compressed answer could grow in our memory; none is asked for and none is taken.
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "coolset-token-governance",
}


class CoolsetClient:
    """Use as an async context manager, inside one event loop.

    `timeout_seconds` bounds one request from name lookup to last byte; `concurrency` bounds the
    requests in flight, and waiting for a turn does not count. `now` gives aware UTC. `may_ask` is
    awaited before each request, where a budget of requests is shared. Nothing but CancelledError
    leaves `probe` and `workspaces`, and nothing that they return or log holds a
    token or text from the wire.
    """

    def __init__(
        self,
        address: ApiAddress,
        *,
        timeout_seconds: float,
        concurrency: int,
        now: Callable[[], datetime],
        may_ask: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._address = address
        self._may_ask = may_ask
        self._timeout = timeout_seconds
        self._concurrency = concurrency
        self._now = now
        self._probe_url = URL(address.join(PROBE_PATH))
        self._turn = asyncio.Semaphore(concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._concurrency,
                resolver=GuardedResolver(self._address),
                ttl_dns_cache=60,
            ),
            headers=_FIXED_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # our clock rules
            auto_decompress=False,
            # Neither a proxy nor a .netrc of the machine may see or replace a token.
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def probe(self, token: str) -> Answer:
        """Ask whether `token` works. Spends one request of its quota."""
        answer, _ = await self._ask(token, self._probe_url)
        return answer

    async def workspaces(self, token: str, *, page_limit: int = 20) -> Workspaces:
        """List the workspaces of the user behind `token`, at most `page_limit` pages of 100."""
        listing = Listing()
        answer: Answer | None = None
        calls = 0
        while answer is None or (listing.wants_more and calls < page_limit):
            query = {"limit": str(PAGE_SIZE), "offset": str(listing.offset)}
            answer, document = await self._ask(
                token, URL(self._address.join(PATH)).with_query(query)
            )
            calls += answer.calls
            if document is None:
                return Workspaces(answer.outcome, None, (), calls, answer)
            listing.add(document)
        return Workspaces(answer.outcome, listing.complete_ids(), listing.entries, calls, answer)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("CoolsetClient is used outside its context")
        return self._session

    async def _ask(self, token: str, url: URL) -> tuple[Answer, dict[str, Any] | None]:
        async with self._turn:
            if self._may_ask is not None:
                await self._may_ask()
            begun_at, started = self._now(), time.perf_counter()
            if not _SENDABLE.match(token):
                refused = Verdict(Outcome.UNREADABLE, Problem.BAD_VALUE)
                return _answer(None, refused, begun_at, begun_at, 0, calls=0), None
            raw = await exchange(self._open_session(), url, token, self._timeout)
            latency = round((time.perf_counter() - started) * 1000)
            at = self._now()
        verdict = classify(raw.status, raw.headers, raw.body, raw.problem, at)
        return _answer(raw.status, verdict, begun_at, at, latency, calls=1), verdict.document


def _answer(
    status: int | None,
    verdict: Verdict,
    begun_at: datetime,
    at: datetime,
    latency_ms: int,
    *,
    calls: int,
) -> Answer:
    return Answer(
        outcome=verdict.outcome,
        status=status,
        latency_ms=latency_ms,
        begun_at=begun_at,
        at=at,
        headers=verdict.headers,
        retry_hints=verdict.retry_hints,
        evidence=verdict.evidence,
        problem=verdict.problem,
        calls=calls,
    )
