"""Credentials that travel encoded: base64, hexadecimal, percent signs, also one within another."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

#: Shorter ones hold no credential.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){10,}")
#: A word, looked into where it holds an escape: a pattern with both would be slow on long ones.
_WORD = re.compile(r"[^\s\"'<>]+")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}")
_BACKSLASH = re.compile(r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})")
_ALL = (_WORD, _HEX, _BASE64)
DEPTH = 3


def hide_encoded(text: str, holds: Callable[[str], bool], instead: str) -> str:
    """`text` with each encoded run replaced that decodes into something that `holds`."""

    def replace(match: re.Match[str]) -> str:
        return instead if _reveals(match[0], holds, DEPTH) else match[0]

    if _ESCAPE.search(text):
        text = _WORD.sub(lambda word: replace(word) if _ESCAPE.search(word[0]) else word[0], text)
    return _BASE64.sub(replace, _HEX.sub(replace, text))


def _reveals(run: str, holds: Callable[[str], bool], depth: int) -> bool:
    for decoded in _decodings(run):
        if holds(decoded):
            return True
        if depth > 1:
            inner = (found[0] for each in _ALL for found in each.finditer(decoded))
            if any(_reveals(each, holds, depth - 1) for each in inner):
                return True
    return False


def _decodings(run: str) -> Iterator[str]:
    """What a run may mean; an encoding that it is not in gives nothing."""
    if _ESCAPE.search(run):
        unquoted = unquote_to_bytes(run).decode("latin-1")
        yield _BACKSLASH.sub(lambda found: chr(int(found[1] or found[2], 16)), unquoted)
        return
    if _HEX.fullmatch(run):
        yield bytes.fromhex(run).decode("latin-1")
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(4):  # other letters may stand right before it
        part = plain[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            yield base64.b64decode(part + "=" * (-len(part) % 4), validate=True).decode("latin-1")
        except (binascii.Error, ValueError):
            continue
