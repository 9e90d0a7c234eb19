"""What goes wrong, as one sentence that holds neither key nor value, with its exit code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tokens.leaks.scanning import Scanner

#: shared/interfaces.md, "Management commands".
DONE, LEFT_UNDONE, BAD_INPUT = 0, 1, 2
#: Nobody reads more of an error.
LONGEST = 500
_OWN = re.compile(r"ct(?:gk?|c)_[A-Za-z0-9_-]{8,}")


class Trouble(Exception):
    """Ends the command. `status`: what the server answered, 0 where it did not."""

    def __init__(self, message: str, code: int = LEFT_UNDONE, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def bad(message: str) -> Trouble:
    """Bad usage or input."""
    return Trouble(message, BAD_INPUT)


def printable(text: object) -> str:
    """On one line, and nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in str(text)).strip()


def harmless(text: object, secrets: Iterable[str] = ()) -> str:
    """Words from elsewhere as they may be shown: no control signs, no key, nothing like a token."""
    shown = str(text)
    for secret in secrets:
        shown = shown.replace(secret, "…")
    shown = Scanner(None).masked(_OWN.sub("…", shown))
    return printable(shown)[:LONGEST]
