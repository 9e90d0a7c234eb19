"""A mail server that says it cannot encrypt, or fails at it, and keeps every byte said in clear."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

WAYS = ("not offered", "refused", "answered in clear", "by a stranger's certificate")


@dataclass
class Stripped:
    """`way` is one of WAYS; `heard` is what came before anything was encrypted."""

    way: str
    stranger: ssl.SSLContext
    port: int = 0
    heard: bytearray = field(default_factory=bytearray)
    visits: int = 0

    def talk(self, line: socket.socket) -> None:
        self.visits += 1
        line.sendall(b"220 mail ESMTP\r\n")
        while command := self._command(line):
            if command.startswith(b"EHLO"):
                offer = b"" if self.way == "not offered" else b"250-STARTTLS\r\n"
                line.sendall(b"250-mail\r\n" + offer + b"250 AUTH PLAIN LOGIN\r\n")
            elif command.startswith(b"STARTTLS"):
                self._encrypt(line)
                return
            elif command.startswith(b"QUIT"):
                line.sendall(b"221 bye\r\n")
                return
            else:  # whatever it wants to do in clear is welcome, and kept
                line.sendall(b"354 go on\r\n" if command.startswith(b"DATA") else b"250 fine\r\n")

    def _command(self, line: socket.socket) -> bytes:
        said = line.recv(65536)
        self.heard += said
        return said.upper()

    def _encrypt(self, line: socket.socket) -> None:
        if self.way == "refused":
            line.sendall(b"454 TLS not available\r\n")
            self._command(line)
        elif self.way == "answered in clear":
            line.sendall(b"220 go ahead\r\n250 what an attacker would like to have said\r\n")
            line.recv(65536)  # a greeting of TLS, at most
        else:
            line.sendall(b"220 go ahead\r\n")
            with self.stranger.wrap_socket(line, server_side=True) as wrapped:
                assert not wrapped.recv(65536), "it trusted a stranger"


@contextmanager
def stripped(way: str, stranger: ssl.SSLContext) -> Iterator[Stripped]:
    """Serve it on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Stripped(way, stranger, listener.getsockname()[1])

        def run() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return  # closed: the fault is over
                with line, suppress(OSError):
                    line.settimeout(30)
                    server.talk(line)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
