"""One request and the raw answer to it, as far as it came."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from tokens.coolset.classify import MAX_BODY_BYTES, is_compressed
from tokens.coolset.failures import word_for
from tokens.coolset.outcomes import Problem


@dataclass(slots=True)
class RawAnswer:
    """An answer as far as it came."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    problem: Problem = Problem.NONE


async def exchange(
    session: aiohttp.ClientSession, url: URL, token: str, timeout_seconds: float
) -> RawAnswer:
    """Send one GET within one wall clock. Raises nothing but CancelledError."""
    raw = RawAnswer()
    try:
        async with (
            asyncio.timeout(timeout_seconds),
            session.get(
                url, headers={"Authorization": f"Bearer {token}"}, allow_redirects=False
            ) as response,
        ):
            raw.status, raw.headers = response.status, response.headers
            await _read(response, raw)
    except Exception as error:
        raw.problem = word_for(error)
        if raw.problem is Problem.RESET and raw.status is not None:
            raw.problem = Problem.TRUNCATED
    return raw


async def _read(response: aiohttp.ClientResponse, raw: RawAnswer) -> None:
    """Read the body up to its cap; what is more, or compressed, ends the connection unread."""
    if is_compressed(response.headers):
        raw.problem = Problem.COMPRESSED
        response.close()
        return
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raw.problem = Problem.TOO_LARGE
            response.close()
            return
        chunks.append(chunk)
    raw.body = b"".join(chunks)
