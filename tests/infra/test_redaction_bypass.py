"""Ways past the net under the logs: each is tried with a value made at run time."""

from __future__ import annotations

import base64
import io
import json
import logging
import logging.config
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import structlog
from django.conf import settings

from coolset_admin.redaction import HIDDEN, LONGEST, QuietHandler, guard_what_nobody_catches, mask

log = logging.getLogger("somebody.else")


@pytest.fixture
def token() -> str:
    return "sk_" + "live_" + secrets.token_hex(12)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What stands on standard error, by the very handler of the settings."""
    written = io.StringIO()
    handler = {**settings.LOGGING["handlers"]["stderr"], "stream": written}
    logging.config.dictConfig({**settings.LOGGING, "handlers": {"stderr": handler}})
    try:
        yield written
    finally:
        logging.config.dictConfig(settings.LOGGING)


def _handle(message: Any, *args: Any) -> None:
    """By our handler alone: that of pytest raises where a line cannot be put together."""
    ours = next(each for each in logging.getLogger().handlers if isinstance(each, QuietHandler))
    record = log.makeRecord(log.name, logging.WARNING, "x", 1, message, args, None)
    record._from_structlog, record._logger, record._name = (
        isinstance(message, dict),
        None,
        "warning",
    )
    ours.handle(record)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENCODED: dict[str, Callable[[str], str]] = {
    "url-encoded": lambda t: quote(t.replace("_", "%5F"), safe="%"),
    "url-encoded twice": lambda t: quote(t.replace("_", "%5F"), safe=""),
    "all percent signs": _percent,
    "percent signs twice": lambda t: quote(_percent(t), safe=""),
    "base64": _b64,
    "base64 after other bytes": lambda t: _b64(f"user:{t}"),
    "base64 after other letters": lambda t: "data" + _b64(f"xx{t}"),
    "base64 without padding": lambda t: _b64(t + "x").rstrip("="),
    "base64 for addresses": lambda t: base64.urlsafe_b64encode(f"???>>>{t}".encode()).decode(),
    "base64 of base64": lambda t: _b64(_b64(t)),
    "base64 in an address": lambda t: quote(_b64(t), safe=""),
    "hexadecimal": lambda t: t.encode().hex(),
    "hexadecimal, upper case": lambda t: t.encode().hex().upper(),
    "escapes of bytes": lambda t: "".join(f"\\x{byte:02x}" for byte in t.encode()),
    "escapes of JSON": lambda t: "".join(f"\\u{ord(letter):04x}" for letter in t),
    "basic authorization": lambda t: f"Basic {_b64(f'me:{t}')}",
    "upper case": str.upper,
}


@pytest.mark.parametrize("how", sorted(ENCODED))
@pytest.mark.parametrize("around", ["{}", "x={}&y=1", "'{}'", "GET /a/{}/b", "({}, 1)"])
def test_an_encoded_value_is_found(how: str, around: str, token: str) -> None:
    encoded = ENCODED[how](token)
    shown = mask(around.format(encoded))
    assert HIDDEN in shown
    assert encoded not in shown
    assert token[-10:] not in shown


@pytest.mark.parametrize("number", range(20))
def test_what_is_no_credential_stays(number: int) -> None:
    innocent = [
        str(secrets.token_hex(32)), secrets.token_urlsafe(40), _b64("an innocent sentence, long"),
        "/tokens/019a20e1-9f22-756c-a4f8-39436bcb289a/?page=2", "100%25 of 3 tokens",
        "tokens.services.probing.recording", "token_id=0199 tokens=3 secret_ids=[1]",
    ]  # fmt: skip
    assert [mask(text) for text in innocent] == innocent


@dataclass
class Sealed:
    password: str
    value: Any = None


class Pair(NamedTuple):
    api_key: str


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "harmless"


class Rude:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


OBJECTS: dict[str, Callable[[str], Any]] = {
    "deep": lambda t: {"a": [{"b": ({"c": t},)}]},
    "key of a dict": lambda t: {t: 1},
    "read-only mapping": lambda t: MappingProxyType({"x": OrderedDict(token=t)}),
    "bytes": lambda t: t.encode(),
    "bytes in a list": lambda t: [bytearray(t.encode()), memoryview(t.encode())],
    "an exception's arguments": lambda t: ValueError({"sent": t}, t.encode()),
    "a repr": lambda t: Sealed("x", t),
    "a str of its own": Text,
    "a set": lambda t: {t},
}


@pytest.mark.parametrize("what", sorted(OBJECTS))
@pytest.mark.parametrize("way", ["field", "args", "message", "dict args", "name"])
def test_an_object_that_holds_a_value(what: str, way: str, token: str, stream: io.StringIO) -> None:
    held = OBJECTS[what](token)
    if way == "field":
        structlog.get_logger("tokens.x").warning("seen", held=held)
    elif way == "args":
        log.warning("seen %s and %r", held, held)
    elif way == "message":
        log.warning(held)
    elif way == "dict args":
        log.warning("seen %(held)s", {"held": held})
    else:
        structlog.get_logger("tokens.x").warning("seen", **{f"x {token}": held})
    assert stream.getvalue()
    assert token not in stream.getvalue()
    assert token[-12:] not in stream.getvalue()


@pytest.mark.parametrize(
    "shown",
    [
        lambda v: repr(Sealed(v)),
        lambda v: repr(Pair(v)),
        lambda v: str({"client_secret": v}),
        lambda v: json.dumps({"password": v}),
        lambda v: f"new_token={v}&x=1",
        lambda v: f"Cookie: session={v}; a=b",
        lambda v: f"Authorization: Custom {v}",
        lambda v: f"postgres://coolset:{v}@db:5432/coolset",
    ],
)  # fmt: skip
def test_values_of_any_shape_behind_a_name_that_promises_a_secret(
    shown: Callable[[str], str], stream: io.StringIO
) -> None:
    """No shape tells these: what stands around them does."""
    value = secrets.token_urlsafe(12)
    log.warning("got %s", shown(value))
    assert value not in stream.getvalue()
    assert HIDDEN in stream.getvalue()


def test_a_traceback_of_many_lines_with_causes_and_notes(token: str, stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError(f"first line\nsecond: {token}\nthird")
        except KeyError as error:
            error.add_note(f"note\n{_b64(token)}")
            raise RuntimeError(f"Bearer {token}") from error
    except RuntimeError:
        log.exception("failed for %s", token, stack_info=True)
        structlog.get_logger("tokens.x").exception("again", tried=token)
    group = ExceptionGroup("several", [ValueError(token), ValueError(token.encode())])
    log.error("group", exc_info=group)
    assert "RuntimeError" in stream.getvalue()
    assert "third" in stream.getvalue()
    assert token not in stream.getvalue()
    assert _b64(token)[:16] not in stream.getvalue()


@pytest.mark.parametrize("message", ["%d of it", "%s and %s", "%(missing)s"])
def test_a_line_that_cannot_be_put_together_shows_nothing(
    message: str, token: str, stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own handler would print the message and its arguments."""
    _handle(message, token)
    said = stream.getvalue() + capsys.readouterr().err
    assert "could not be logged" in said
    assert token not in said


def test_an_object_without_a_text_is_told(stream: io.StringIO) -> None:
    _handle({"event": "seen", "held": Rude()})
    assert "Rude without a text: RuntimeError" in stream.getvalue()


def test_what_ends_a_thread_or_a_process_goes_through_the_net(
    token: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    guard_what_nobody_catches()

    def fail() -> None:
        raise ValueError(f"sent {token}")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    said = capsys.readouterr().err
    assert said.count("ValueError: sent [hidden]") == 2
    assert token not in said


def test_gunicorn_writes_through_the_net_too(token: str, stream: io.StringIO) -> None:
    logging.getLogger("gunicorn.error").error("Error handling request %s", token)
    assert HIDDEN in stream.getvalue()
    assert token not in stream.getvalue()


def test_a_huge_text_is_cut_and_what_stands_at_the_cut_is_hidden(
    token: str, stream: io.StringIO
) -> None:
    log.warning("%s %s", "x " * (LONGEST // 2 - 6), token)
    log.warning("a" * 3_000_000)
    first, second = stream.getvalue().splitlines()
    assert token[:14] not in first
    assert "more characters]" in first
    assert len(second) < LONGEST + 200
