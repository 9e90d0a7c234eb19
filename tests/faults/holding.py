"""A mail server that can stop in the middle of a conversation, so that somebody can be killed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.notifications.sink import OnAnyPort, Sink

WAIT_SECONDS = 300.0


@dataclass
class HoldingSink(Sink):
    """`hold_at` greeting, RCPT or DATA (all of the mail is here, but not answered): the next client
    that comes so far waits until `let_go`."""

    hold_at: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    going: threading.Event = field(default_factory=threading.Event)
    #: Stops serving before its time.
    close: Callable[[], None] = lambda: None

    def hold(self, step: str) -> None:
        """Hold the next client there; whoever is held already goes on."""
        before = self.going
        self.reached, self.going, self.hold_at = threading.Event(), threading.Event(), step
        before.set()

    def wait(self) -> None:
        assert self.reached.wait(WAIT_SECONDS), f"nobody came to {self.hold_at}"

    def let_go(self) -> None:
        self.hold_at = ""
        self.going.set()

    async def perhaps_hold(self, step: str) -> None:
        if self.hold_at != step:
            return
        going = self.going
        self.reached.set()
        await asyncio.to_thread(going.wait, WAIT_SECONDS)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        await self.perhaps_hold("RCPT")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        await self.perhaps_hold("DATA")
        return answer


class _Greeting(SMTP):
    """Django connects before it claims, and says EHLO after it; so the greeting is held."""

    async def _handle_client(self) -> None:
        await self.event_handler.perhaps_hold("greeting")
        await super()._handle_client()


class _Controller(OnAnyPort):
    """Closes the lines whose other end was killed in the middle: nobody else does."""

    _ended = False

    def __init__(self, *words: Any, **options: Any) -> None:
        self._lines: list[SMTP] = []
        super().__init__(*words, **options)

    def factory(self) -> SMTP:
        made = _Greeting(self.handler, **self.SMTP_kwargs)
        self._lines.append(made)
        return made

    def end(self) -> None:
        """Hang up and stop; a second time does nothing."""
        if self._ended:
            return
        self._ended = True
        for line in self._lines:
            if isinstance(line.transport, asyncio.Transport):
                self.loop.call_soon_threadsafe(line.transport.abort)
        time.sleep(0.1)
        self.stop()


@contextmanager
def serving(
    sink: HoldingSink | None = None, port: int = 0, **options: Any
) -> Iterator[HoldingSink]:
    """Serve on a free port, or on the one where it served before it was down; `options` are
    aiosmtpd's."""
    sink = sink or HoldingSink()
    controller = _Controller(sink, hostname="127.0.0.1", port=port, **options)
    controller.start()
    sink.port, sink.close = controller.port, controller.end
    try:
        yield sink
    finally:
        sink.let_go()
        controller.end()
