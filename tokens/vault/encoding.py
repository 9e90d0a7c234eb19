"""Base64 of 32-byte keys, in both alphabets, with or without padding (shared/interfaces.md)."""

import base64
import binascii
import re

KEY_BYTES = 32
_ALPHABET = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z", re.ASCII)


def decode_key(text: str) -> bytes | None:
    """The 32 bytes that `text` spells, or None: never an exception that could quote it."""
    standard = text.strip().replace("-", "+").replace("_", "/")
    if not _ALPHABET.match(standard):
        return None
    bare = standard.rstrip("=")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None
    return raw if len(raw) == KEY_BYTES else None


def encode_key(raw: bytes) -> str:
    """Standard base64, for a settings file."""
    return base64.b64encode(raw).decode("ascii")
