"""Signatures: checked by anybody, made by whoever holds the keyring, with a golden vector."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tokens.vault.keyring import generate_private, parse_private
from tokens.vault.signing import is_signed, public_keys, sign

MESSAGE = b"entry 17 of the trail"


def test_anybody_can_check_it_with_nothing_but_cryptography() -> None:
    signed = sign(parse_private(generate_private("a")), MESSAGE)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.public_key))
    key.verify(bytes.fromhex(signed.value), MESSAGE)  # raises where it is none
    assert signed.key_id == "a"


def test_the_derivation_never_changes() -> None:
    """A golden vector, worked out with hmac alone: old signatures need the same keys."""
    ring = parse_private("old:" + base64.b64encode(bytes(range(32))).decode())
    assert public_keys(ring) == {"old": "MXRdR98mJMWdpyfbmZ7l4gM4dXNgR2q7lTczGcX9WHU="}


@pytest.mark.parametrize("place", [0, 31, 63])
def test_a_changed_signature_is_none(place: int) -> None:
    signed = sign(parse_private(generate_private("a")), MESSAGE)
    value = bytearray(bytes.fromhex(signed.value))
    value[place] ^= 1
    assert is_signed(signed.public_key, MESSAGE, signed.value)
    assert not is_signed(signed.public_key, MESSAGE, value.hex())
    assert not is_signed(signed.public_key, MESSAGE + b".", signed.value)


def test_another_key_did_not_sign_it() -> None:
    ring = parse_private(generate_private("a") + "," + generate_private("b"))
    signed = sign(ring, MESSAGE)
    keys = public_keys(ring)
    assert is_signed(keys["a"], MESSAGE, signed.value)
    assert not is_signed(keys["b"], MESSAGE, signed.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [("", "00" * 64), ("AAAA", "00" * 64), ("A" * 43 + "=", "zz"), ("A" * 43 + "=", "00")],
)
def test_what_is_no_signature_is_no_error(key: str, value: str) -> None:
    assert not is_signed(key, MESSAGE, value)
