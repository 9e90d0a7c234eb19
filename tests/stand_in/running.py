"""A stand-in in this process: its own thread, its own loop, a real port of loopback."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.stand_in.server import Handler
from tests.stand_in.state import World, digest

Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


async def serve(
    handler: Answering, host: str, port: int, tls: ssl.SSLContext | None = None
) -> tuple[web.ServerRunner, int]:
    """Start serving in the running loop; gives the runner and the port that was taken."""
    runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls, backlog=1024).start()
    return runner, int(runner.addresses[0][1])


class StandIn:
    """`with StandIn() as coolset:` serves at `coolset.url` (which ends in `/api/`)."""

    def __init__(
        self,
        world: World | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        control_token: str | None = None,
        handler: Answering | None = None,
    ) -> None:
        self._handler = handler
        self.world = world or World()
        self._tls = tls
        self._control_token = control_token
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="stand-in", daemon=True)
        self._started = threading.Event()
        self._failure: Exception | None = None

    @property
    def url(self) -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}/api/"

    def seed(self, token: str, mode: str = "valid", **facts: Any) -> None:
        """Make a token known. Facts: options, config, workspaces, latency (seconds)."""
        self.world.seed(digest(token), mode, **facts)

    def set_mode(self, token: str, mode: str, **options: Any) -> None:
        """Change what a token answers from now on."""
        self.world.set_mode(digest(token), mode, **options)

    def revoke(self, token: str) -> None:
        """What a person does in Coolset: from now on 401."""
        self.world.set_mode(digest(token), "unauthorized")

    def foreign_use(self, token: str, calls: int) -> None:
        """Somebody else calls with this token."""
        self.world.foreign_use(digest(token), calls)

    def outage(self, kind: str | None) -> None:
        """`refuse_all`, `fail_all` or None."""
        self.world.set_outage(kind)

    def calls(self, token: str | None = None) -> int:
        """Requests seen, of one token or of all."""
        return self.world.calls.total() if token is None else self.world.calls[digest(token)]

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(10):
            raise RuntimeError("the stand-in did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _answering(self) -> Answering:
        """Coolset, unless something else was asked for."""
        return self._handler or Handler(self.world, self._control_token)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            runner, self.port = self._loop.run_until_complete(
                serve(self._answering(), "127.0.0.1", self.port, self._tls)
            )
        except Exception as error:  # raised again where it was started
            self._failure = error
            self._loop.close()
            self._started.set()
            return
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(_end(runner))
        self._loop.close()


async def _end(runner: web.ServerRunner) -> None:
    """Stop serving, answers that still sleep included."""
    await runner.cleanup()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
