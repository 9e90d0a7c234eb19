"""Answers that are none: bodies that never end, connections that break."""

import asyncio
import functools
import gzip

from aiohttp import web

from tests.stand_in.state import Known

GIGABYTE = 1 << 30
_CHUNK = b" " * (1 << 16)


async def misbehave(request: web.BaseRequest, entry: Known, mode: str) -> web.StreamResponse:
    """Write a bad answer. The client is expected to hang up on most of them."""
    if mode == "reset":
        _abort(request)
        return web.Response(status=500)  # never arrives
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    try:
        await _WAYS[mode](request, response, entry)
    except (ConnectionError, asyncio.CancelledError):
        _abort(request)
    return response


async def _drip(request: web.BaseRequest, response: web.StreamResponse, entry: Known) -> None:
    await response.prepare(request)
    for _ in range(int(entry.options.get("bytes", 3000))):
        await response.write(b" ")
        await asyncio.sleep(float(entry.options.get("every", 0.1)))


async def _huge(request: web.BaseRequest, response: web.StreamResponse, _entry: Known) -> None:
    await response.prepare(request)
    await response.write(b"{")
    for _ in range(GIGABYTE // len(_CHUNK)):
        await response.write(_CHUNK)


async def _bomb(request: web.BaseRequest, response: web.StreamResponse, _entry: Known) -> None:
    response.headers["Content-Encoding"] = "gzip"
    await response.prepare(request)
    member = _member()
    for _ in range(GIGABYTE // (16 << 20)):
        await response.write(member)


async def _truncated(request: web.BaseRequest, response: web.StreamResponse, _e: Known) -> None:
    response.content_length = 500
    await response.prepare(request)
    await response.write(b'{"user": {"email": "integration@example.com"}}')
    await asyncio.sleep(0.02)
    if request.transport is not None:
        request.transport.close()


@functools.cache
def _member() -> bytes:
    return gzip.compress(b" " * (16 << 20), 9)


def _abort(request: web.BaseRequest) -> None:
    if isinstance(request.transport, asyncio.Transport):
        request.transport.abort()


_WAYS = {"drip": _drip, "huge": _huge, "gzip_bomb": _bomb, "truncated": _truncated}
