"""`python -m benchmarks.peers.bare URL COUNT CONCURRENCY`: the bare aiohttp loop.

The client settings of tokens/coolset/client.py, the answer read to its end, and nothing else: no
database, no opening, no judging.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp


async def _run(url: str, count: int, concurrency: int) -> float:
    tokens = iter([f"sk_bench_{number}v" for number in range(count)])
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency),
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        auto_decompress=False,
        trust_env=False,
    ) as session:

        async def work() -> None:
            for token in tokens:
                async with session.get(
                    url, headers={"Authorization": f"Bearer {token}"}, allow_redirects=False
                ) as response:
                    await response.read()

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(concurrency)))
        return time.perf_counter() - begun


if __name__ == "__main__":
    address, count, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    seconds = asyncio.run(_run(address + "accounts/user-config/", count, concurrency))
    print(json.dumps({"seconds": seconds, "checked": count}))
