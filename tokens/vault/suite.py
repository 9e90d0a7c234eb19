"""The HPKE suite (RFC 9180) and the layout of a sealed value: one version byte, enc, ciphertext."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
VERSION = b"\x01"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the id of the key that opens it."""

    key_id: str
    ciphertext: bytes = field(repr=False)
