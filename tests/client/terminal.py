"""A terminal of a given width, and somebody who types at it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

from tests.client.conftest import Client

LIMIT_SECONDS = 60


def at_terminal(
    client: Client,
    words: Sequence[str],
    typed: Sequence[tuple[str, str]] = (),
    *,
    columns: int = 100,
) -> tuple[str, int]:
    """All that the terminal showed, and the exit code. `typed`: after which words what is typed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        client.command(*words), env=client.environment, stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True,
    ) as process:  # fmt: skip
        os.close(slave)
        seen = _watched(master, list(typed))
    os.close(master)
    return seen.replace("\r\n", "\n"), process.returncode


def _watched(master: int, typed: list[tuple[str, str]]) -> str:
    seen, until = b"", time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < until:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            seen += os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if typed and typed[0][0].encode() in seen:
            # The prompt is out before the echo is off; a person is slower than this.
            time.sleep(0.3)
            os.write(master, typed.pop(0)[1].encode() + b"\n")
    return seen.decode()
