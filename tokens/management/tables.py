"""What the commands that bring a file in share: reading it, and telling what is wrong with it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from tokens.errors import InvalidInput
from tokens.management.base import BAD_INPUT, Command
from tokens.services.csv_table import ImportRefused, RowError


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises InvalidInput."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", field="FILE") from None


def tell_refused(command: Command, refused: ImportRefused, *, count: str) -> int:
    """Every bad row on standard error, the same with --json; gives the exit code.

    `count`: how the command's result calls the number of rows taken, which is 0.
    """
    for error in refused.errors:
        command.say(_in_words(error))
    if refused.more:
        command.say(f"… and {refused.more} more")
    command.say(f"{refused.message}.")
    errors = [asdict(error) for error in refused.errors]
    command.emit({count: 0, "errors": errors, "more_errors": refused.more}, "")
    return BAD_INPUT


def _in_words(error: RowError) -> str:
    column = f", {error.column}" if error.column else ""
    return f"line {error.line}{column}: {error.reason}"
