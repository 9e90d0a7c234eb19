"""The last net under the logs: no event leaves with something that looks like a credential.

Nothing is meant to log a token in the first place; this is for the library, the traceback and
the address line that nobody thought of. What is encoded is found by decoding it
(coolset_admin/encoded.py).
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

from coolset_admin.encoded import hide_encoded

HIDDEN = "[hidden]"
#: Of any one text of a line; looking through megabytes would stop what is logged.
LONGEST = 20_000
_WORDS = r"(?:authorization|token|secret|password|passwd|cookie|api_?key|plaintext)"
_NAMES = re.compile(_WORDS, re.I)
# Names that hold one of the words above and never a value: ids, counts and places.
_SAFE_NAMES = re.compile(r"(^|_)(token|secret)s?_(id|ids|count)$|^tokens$", re.I)
_VALUES = re.compile(
    r"sk_(?:live|test)_[^\s\"'<>&;,]+"
    r"|(?<=\bBearer )[^\s\"',]+"
    r"|(?<=\bApi-Key )[^\s\"',]+"
    r"|(?<=\bBasic )[A-Za-z0-9+/=_-]{8,}"
    # Signing secrets of webhooks, and links to calendars: the secret is a part of the address.
    r"|whsec_[^\s\"'<>&;,]+"
    r"|\bctc_[^\s\"'<>&;,/]+"
    # Links with which somebody sets a password: whoever reads one can use it first.
    r"|(?<=/accounts/welcome/)[^\s\"'<>&;,]+"
    # Our own keys, of scripts and of integrations.
    r"|ctgk?_[A-Za-z0-9_-]{20,}"
    # ID and access tokens of an identity provider (JWTs).
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"
    # Who connects where: postgres://user:password@host.
    r"|(?<=://)[^\s/@:\"']*:[^\s/@\"']+(?=@)",
    re.I,
)
_QUOTED = r"b?'(?:[^'\\]|\\.)*'|b?\"(?:[^\"\\]|\\.)*\""
# What stands behind a name in the text of a repr, of JSON or of a header.
_NAMED = re.compile(
    rf"(?P<name>\b\w{{0,40}}{_WORDS}\w{{0,40}})(?P<between>=|[\"']\s*:\s*)(?P<value>{_QUOTED}|[^\s,;&)\]}}]+)"
    r"|(?P<header>\b(?:authorization|(?:set-)?cookie|x-api-key):\s*)(?P<rest>[^\r\n]+)",
    re.I,
)
_QUERY = re.compile(r"(?<=/)\?[^\s\"']*")
_NOT_IN_A_KEY = re.compile(r"[\s=\"]+")
#: structlog's own bookkeeping, removed before rendering.
_OWN = frozenset({"_record", "_from_structlog"})


def mask(text: str) -> str:
    """The text without anything in the vendor's shape, Bearer or Api-Key values, be it encoded."""
    plain = _VALUES.sub(HIDDEN, text)
    return hide_encoded(plain, lambda found: _VALUES.search(found) is not None, HIDDEN)


def _named(match: re.Match[str]) -> str:
    if match["header"]:
        return match["header"] + HIDDEN
    if _SAFE_NAMES.search(match["name"]):
        return match[0]
    return match["name"] + match["between"] + HIDDEN


def _text(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} [{len(text) - LONGEST} more characters]"
    return _NAMED.sub(_named, mask(text))


def _shown(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    try:
        return str(value)
    except Exception as error:  # whatever an object's own text runs into: it is told, not shown
        return f"[{type(value).__name__} without a text: {type(error).__name__}]"


def _clean(name: str, value: Any) -> Any:
    if _NAMES.search(name) and not _SAFE_NAMES.search(name):
        return HIDDEN
    if type(value) is str:
        # People paste tokens into search fields: an address is logged without its query.
        return _text(_QUERY.sub("", value) if name in {"request", "event"} else value)
    if isinstance(value, Mapping):
        return {_text(_shown(key)): _clean(_shown(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", item) for item in value]
    if value is None or type(value) in {bool, int, float}:
        return value
    return _text(_shown(value))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor, to stand after those that turn exceptions into text."""
    for name in list(event):
        if name in _OWN:
            continue
        cleaned = _clean(name, event.pop(name))
        event[_NOT_IN_A_KEY.sub("_", _text(name))] = cleaned
    return event


class QuietHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic for checkers alone
    """A line that cannot be written is told by its logger and the kind of error.

    Python's own would print message and arguments, past all of the above.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        kind = sys.exc_info()[0]
        what = kind.__name__ if kind else "unknown"
        self.stream.write(f"a line of {mask(record.name)} could not be logged: {what}\n")


def guard_what_nobody_catches() -> None:
    """Tracebacks that end a process or a thread go through the same net."""

    def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(_text("".join(traceback.format_exception(kind, error, trace))))

    def end_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            end(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = end, end_thread
