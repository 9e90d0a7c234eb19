"""What a command says: words or one JSON object on standard output, all else on standard error."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from typing import Any


def prepare() -> None:
    """A letter that the terminal does not know must not end a command half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """A remark."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def emit(payload: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """The result. JSON is ASCII, so that no sign in it can do anything to a terminal."""
    if as_json:
        text = json.dumps(payload)
    if text:
        sys.stdout.write(f"{text}\n")
