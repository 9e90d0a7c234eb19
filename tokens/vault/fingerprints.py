"""Recognising a value without keeping it: HMAC-SHA-256 under FINGERPRINT_KEY."""

import hashlib
import hmac

from tokens.errors import KeyringError
from tokens.vault.encoding import decode_key

SETTING = "FINGERPRINT_KEY"


def parse_key(text: str) -> bytes:
    """Read FINGERPRINT_KEY (base64 of 32 bytes). Raises KeyringError, naming the setting alone."""
    raw = decode_key(text)
    if raw is None:
        raise KeyringError(f"{SETTING} is not base64 of 32 bytes")
    return raw


def fingerprint(key: bytes, value: str) -> bytes:
    """32 bytes that only this value gives under this key."""
    # surrogatepass: a value that cannot be encoded must not end in an exception that quotes it.
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
