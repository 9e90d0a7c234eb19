"""Signatures of the worker: Ed25519, with keys derived from those of the keyring.

Whoever holds TOKEN_KEYS can sign; web and API cannot. The public half travels with what was
signed, and everybody can check it without us. Derived with HKDF-SHA-256 under a label of its own,
so that nothing signed says anything of the key that opens values.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tokens.errors import KeyringError
from tokens.vault.encoding import decode_key, encode_key
from tokens.vault.keyring import Keyring

_LABEL = b"coolset-token-governance/signing/v1"
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and what it takes to check it: the key's id, its public half in base64."""

    key_id: str
    public_key: str
    value: str  # 128 hexadecimal digits


def sign(keyring: Keyring, message: bytes) -> Signature:
    """Sign under the current key of the ring."""
    private = _derived(keyring, keyring.key_ids[0])
    return Signature(
        keyring.key_ids[0],
        encode_key(private.public_key().public_bytes_raw()),
        private.sign(message).hex(),
    )


def public_keys(keyring: Keyring) -> dict[str, str]:
    """The public half of every key of the ring, by id: what an auditor writes down."""
    return {
        key_id: encode_key(_derived(keyring, key_id).public_key().public_bytes_raw())
        for key_id in keyring.key_ids
    }


def is_signed(public_key: str, message: bytes, signature: str) -> bool:
    """Whether this key signed this message. Malformed input is no signature, never an error."""
    raw = decode_key(public_key)
    if raw is None:
        return False
    try:
        value = bytes.fromhex(signature)
        Ed25519PublicKey.from_public_bytes(raw).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return len(value) == SIGNATURE_BYTES


def _derived(keyring: Keyring, key_id: str) -> Ed25519PrivateKey:
    secret = keyring.private(key_id)
    if secret is None:
        raise KeyringError("the keyring does not hold the key that was asked for")
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=_LABEL)
    return Ed25519PrivateKey.from_private_bytes(derive.derive(secret.private_bytes_raw()))
