"""What an answer that is none means, in words: which exit code, and what to do about it."""

from __future__ import annotations

import socket
import ssl
from email.message import Message

from tokens.client.settings import URL
from tokens.client.trouble import BAD_INPUT, LEFT_UNDONE, Trouble

_INPUT = frozenset({400, 404, 409, 413, 415, 422})
_BEFORE = {
    401: "The key is not accepted.",
    403: "The key does not allow this.",
    404: "Not found.",
    429: "Too many calls.",
}


def refused(status: int, detail: str, headers: Message) -> Trouble:
    """`detail` is what the server says, fit to be shown."""
    if 200 <= status < 300 or (status == 404 and not detail):
        return no_api(status)
    if 300 <= status < 400:
        return Trouble(
            f"The server leads to another address, where the key is not sent: correct {URL}.",
            LEFT_UNDONE,
            status,
        )
    words = f"{_before(status, detail)} {detail}".strip()
    wait = seconds_to_wait(status, headers)
    if wait is not None:
        words += f" Try again in {wait} seconds."
    return Trouble(words, BAD_INPUT if status in _INPUT else LEFT_UNDONE, status)


def _before(status: int, detail: str) -> str:
    if status >= 500:
        return f"The server is in trouble ({status}); try again later."
    if status in _BEFORE:
        return _BEFORE[status]
    return "" if detail else f"The server refuses this ({status})."


def no_api(status: int = 0) -> Trouble:
    return Trouble(f"What answers there is not the API of this product: check {URL}.", 1, status)


def seconds_to_wait(status: int, headers: Message) -> int | None:
    """What a 429 says about when to go on; None where it does not say, or is none."""
    text = str(headers.get("Retry-After", "")).strip()
    if status != 429 or not (text.isascii() and text.isdigit() and len(text) < 7):
        return None
    return max(1, int(text))


def unreachable(reason: object, *, changes: bool) -> Trouble:
    """`changes`: the call may have been carried out although no answer came."""
    words = f"No answer from the server: {_why(reason)}."
    certain = isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLError)
    if changes and not certain:
        words += " Whether it was done is not known: look before you do it again."
    return Trouble(words)


def _why(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return "its certificate is not trusted here (SSL_CERT_FILE names the authorities)"
    if isinstance(reason, ssl.SSLError):
        return "it does not speak TLS as it should"
    if isinstance(reason, TimeoutError):
        return "it took too long"
    if isinstance(reason, socket.gaierror):
        return f"the name in {URL} is not known"
    if isinstance(reason, ConnectionRefusedError):
        return "nothing listens there"
    return type(reason).__name__
