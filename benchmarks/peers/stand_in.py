"""`python -m benchmarks.peers.stand_in LATENCY [count]`: a Coolset that is never the bottleneck.

A bare asyncio protocol, several times faster than any client here. What a token is answered is
chosen by its last character; SIGUSR1 flips the tokens that end in `x` between 200 and 403. With
`count` a request without a token is told how often each value was asked about since the last such
request: `{"1": values asked about once, "2": …}`. The real stand-in with every answer of
coolset-api.md is tests/stand_in; this one is for speed alone.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter

_REASONS = {200: "OK", 401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests", 503: "Down"}
_CONFIG = {"user": {"email": "integration@example.com", "first_name": "Sam", "last_name": "Green"}}


def _answer(status: int, document: object) -> bytes:
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-RateLimit-Limit: 1000\r\nX-RateLimit-Remaining: 999\r\n"
        "X-RateLimit-Reset: 4000000000\r\n\r\n"
    )
    return head.encode() + body


_BEARER = b"Bearer "
VALID = _answer(200, _CONFIG)
FORBIDDEN = _answer(403, {"detail": "You do not have permission to perform this action."})
ANSWERS = {
    ord("v"): VALID,
    ord("u"): _answer(401, {"detail": "Authentication credentials were not provided."}),
    ord("f"): FORBIDDEN,
    ord("t"): _answer(429, {"detail": "Request was throttled. Expected available in 60 seconds."}),
    ord("e"): _answer(503, {"detail": "Down."}),
    ord("x"): VALID,
}
#: How often each value was asked about, where that is counted: it costs the others their figures.
ASKED: Counter[bytes] | None = None


class _Connection(asyncio.Protocol):
    def __init__(self, loop: asyncio.AbstractEventLoop, latency: float) -> None:
        self._loop = loop
        self._latency = latency
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            start = head.find(_BEARER) + len(_BEARER)
            stop = head.find(b"\r\n", start)
            if ASKED is not None:
                if start < len(_BEARER):
                    self._write(_counts(ASKED))
                    continue
                ASKED[head[start : stop if stop > 0 else None]] += 1
            last = head[stop - 1] if stop > 0 else head[-1]
            self._send(ANSWERS.get(last, VALID))

    def _send(self, answer: bytes) -> None:
        if self._transport is None:
            return
        if self._latency:
            self._loop.call_later(self._latency, self._write, answer)
        else:
            self._transport.write(answer)

    def _write(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


def _flip() -> None:
    ANSWERS[ord("x")] = FORBIDDEN if ANSWERS[ord("x")] is VALID else VALID


def _counts(asked: Counter[bytes]) -> bytes:
    times = Counter(asked.values())
    asked.clear()
    return _answer(200, times)


async def _serve(latency: float) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, _flip)
    server = await loop.create_server(
        lambda: _Connection(loop, latency), "127.0.0.1", 0, backlog=1024
    )
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}/api/\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[2:] == ["count"]:
        ASKED = Counter()
    asyncio.run(_serve(float(sys.argv[1])))
