"""Handing a mail to the server, in bounded time, and saying how that went in one word."""

import logging
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from django.core.mail import EmailMessage, get_connection

from tokens.notifications.problems import Undelivered, connecting, sending

log = logging.getLogger(__name__)

#: One mail is handed over within this time or not at all; a claim (60 s) outlives it.
SEND_SECONDS = 40.0

ConnectionFactory = Callable[[], Any]


class Post:
    """One connection, opened when first needed, used for many mails, opened anew after trouble."""

    def __init__(self, factory: ConnectionFactory | None = None) -> None:
        self._factory = factory or get_connection
        self._connection: Any = None

    def open(self) -> None:
        """Connect, encrypt, sign in. Raises Undelivered; a half-open connection is thrown away.

        Not every Django's backend does so: one whose STARTTLS was refused counted as open, and the
        next mail went out in plain text.
        """
        if self._connection is not None:
            return
        connection = self._factory()
        try:
            connection.open()
        except Exception as error:  # any backend's; one word of it is recorded
            _abandon(connection)
            raise Undelivered(connecting(error), hung_up=True) from None
        self._connection = connection

    def send(self, message: EmailMessage) -> None:
        """Hand one mail over. Returns once the server accepted it; raises Undelivered otherwise."""
        self.open()
        try:
            with _deadline(self._connection):
                accepted = self._connection.send_messages([message])
        except Exception as error:  # any backend's; one word of it is recorded
            trouble = sending(error)
            if trouble.hung_up:
                self.abandon()
            raise trouble from None
        if not accepted:
            raise Undelivered("not_accepted")

    def close(self) -> None:
        """Say goodbye; what was accepted stays accepted, whatever the server answers to it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except Exception as error:  # too late to matter; the next run connects anew
                log.info("mail server: goodbye failed (%s)", type(error).__name__)
                _abandon(connection)

    def abandon(self) -> None:
        """Drop the connection without a word."""
        connection, self._connection = self._connection, None
        if connection is not None:
            _abandon(connection)


def _abandon(connection: Any) -> None:
    for name in ("connection", "_partial_connection"):
        raw = getattr(connection, name, None)
        if isinstance(raw, smtplib.SMTP):
            with suppress(OSError):
                raw.close()
            setattr(connection, name, None)


@contextmanager
def _deadline(connection: Any) -> Iterator[None]:
    """Cut the line after `SEND_SECONDS`: a socket's time-out counts anew with each byte dripped."""
    raw = getattr(connection, "connection", None)
    if not isinstance(raw, smtplib.SMTP):
        yield
        return

    def cut() -> None:
        with suppress(OSError, AttributeError):
            raw.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]  # gone: nothing to cut

    timer = Timer(SEND_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
