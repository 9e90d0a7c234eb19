"""A real SMTP server on loopback that does what a test tells it to."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail.backends.smtp import EmailBackend


@dataclass
class Sink:
    """What arrived, and the answers to give: by recipient, or to DATA as a whole."""

    arrived: list[EmailMessage] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    data_answer: str = ""
    drop_after_data: bool = False
    hang: bool = False
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        self.attempts.append(address)
        if self.hang:
            await asyncio.sleep(3)
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answer:
            return self.data_answer
        parsed = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.arrived.append(parsed)
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 accepted"

    @property
    def to(self) -> list[str]:
        return sorted(str(message["To"]) for message in self.arrived)

    def backend(self, **options: Any) -> EmailBackend:
        return EmailBackend(host="127.0.0.1", port=self.port, timeout=5, **options)

    @property
    def factory(self) -> Any:
        return partial(self.backend)


class OnAnyPort(Controller):
    """A controller whose port the kernel chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own hook


@contextmanager
def running() -> Iterator[Sink]:
    sink = Sink()
    controller = OnAnyPort(sink, hostname="127.0.0.1", port=0)
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()
