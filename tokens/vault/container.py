"""A sealed file: what a backup is written into. Streaming, and whole or worth nothing.

    magic line, header (one line of JSON, readable without a key), frames, SHA-256 of all before it

Each frame is a length (4 bytes) and AES-256-GCM over at most 1 MiB. The nonce is the frame's number
and whether it is the last one, so a frame that is missing, moved or repeated does not open, nor
does a file that was cut off; the header is bound to every frame. The file's own key is sealed with
HPKE to the vault's public key: whoever can store tokens can make a backup, and cannot read it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tokens.errors import VaultError
from tokens.vault.keyring import Keyring, PublicKey
from tokens.vault.suite import SUITE

MAGIC = b"coolset-token-governance sealed file 1\n"
FRAME = 1 << 20
_LABEL = b"coolset-token-governance/file/v1"
_TAG, _KEY, _LENGTH, _DIGEST = 16, 32, 4, 32
_LONGEST_HEADER = 1 << 20


class Sealer:
    """Writes a sealed file. `close` makes it whole; without it nobody can read it."""

    def __init__(self, out: IO[bytes], public: PublicKey, facts: dict[str, Any]) -> None:
        key = secrets.token_bytes(_KEY)
        sealed = SUITE.encrypt(key, public.key, info=_LABEL)
        header = json.dumps({**facts, "key_id": public.key_id, "file_key": sealed.hex()})
        self._out, self._hash = out, hashlib.sha256()
        self._header = header.encode("ascii") + b"\n"
        self._aead, self._number, self._waiting = AESGCM(key), 0, bytearray()
        self._put(MAGIC + self._header)

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) > FRAME:
            self._frame(bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]

    def close(self) -> None:
        self._frame(bytes(self._waiting), last=True)
        self._out.write(self._hash.digest())

    def _frame(self, data: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last)
        sealed = self._aead.encrypt(nonce, data, self._header)
        self._put(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        self._out.write(data)


@dataclass(frozen=True, slots=True)
class Header:
    """What a sealed file says of itself to anybody."""

    facts: dict[str, Any]
    raw: bytes

    @property
    def key_id(self) -> str:
        return str(self.facts["key_id"])


def read_header(file: IO[bytes]) -> Header:
    """The header; leaves the file behind it. Raises VaultError where this is no sealed file."""
    if file.readline(len(MAGIC)) != MAGIC:
        raise VaultError
    raw = file.readline(_LONGEST_HEADER)
    try:
        facts = json.loads(raw)
        bytes.fromhex(facts["file_key"])
        whole = raw.endswith(b"\n") and isinstance(facts["key_id"], str)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise VaultError
    return Header(facts, raw)


def is_whole(file: IO[bytes]) -> bool:
    """Whether the file's own checksum fits: no key is needed for that. Reads it from the start."""
    size = file.seek(0, 2)
    file.seek(0)
    digest, left = hashlib.sha256(), size - _DIGEST
    while left > 0 and (data := file.read(min(left, FRAME))):
        digest.update(data)
        left -= len(data)
    return left == 0 and file.read() == digest.digest()


def opened(file: IO[bytes], header: Header, keyring: Keyring) -> Iterator[bytes]:
    """The plaintext in pieces. Raises VaultError at the first thing that is not as it was written,
    so nothing that was read before counts until the end was reached."""
    private = keyring.private(header.key_id)
    if private is None:
        raise VaultError
    try:
        key = SUITE.decrypt(bytes.fromhex(header.facts["file_key"]), private, info=_LABEL)
        aead = AESGCM(key)
    except (InvalidTag, ValueError, TypeError):
        raise VaultError from None
    number, ended = 0, False
    while not ended:
        sealed = _next_frame(file)
        plain = _try(aead, sealed, number, False, header.raw)
        if plain is None:
            plain, ended = _try(aead, sealed, number, True, header.raw), True
        if plain is None:
            raise VaultError
        number += 1
        yield plain


def _next_frame(file: IO[bytes]) -> bytes:
    length = int.from_bytes(file.read(_LENGTH), "big")
    if not _TAG <= length <= FRAME + _TAG:
        raise VaultError
    sealed = file.read(length)
    if len(sealed) != length:
        raise VaultError
    return sealed


def _try(aead: AESGCM, sealed: bytes, number: int, last: bool, header: bytes) -> bytes | None:
    try:
        return aead.decrypt(_nonce(number, last), sealed, header)
    except InvalidTag:
        return None


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
