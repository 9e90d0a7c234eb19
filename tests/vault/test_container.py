"""The sealed file: whole or worth nothing, at every place where it could be touched."""

import io
import json

import pytest

from tokens.errors import VaultError
from tokens.vault.container import FRAME, MAGIC, Sealer, is_whole, opened, read_header
from tokens.vault.keyring import Keyring, generate_private, parse_private

FACTS = {"format": "test", "rows": {"a": 1}}


@pytest.fixture
def ring() -> Keyring:
    return parse_private(generate_private("a") + "," + generate_private("b"))


def sealed(ring: Keyring, *pieces: bytes) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out, ring.current_public(), FACTS)
    for piece in pieces:
        sealer.write(piece)
    sealer.close()
    return out.getvalue()


def read(data: bytes, ring: Keyring) -> bytes:
    file = io.BytesIO(data)
    return b"".join(opened(file, read_header(file), ring))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME + 5])
def test_what_goes_in_comes_out(ring: Keyring, size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    file = sealed(ring, data[: size // 3], data[size // 3 :])
    assert read(file, ring) == data
    assert is_whole(io.BytesIO(file))


def test_the_header_is_open_and_the_rest_is_not(ring: Keyring) -> None:
    file = sealed(ring, b"a secret thing")
    header = read_header(io.BytesIO(file))
    assert {name: header.facts[name] for name in FACTS} == FACTS
    assert header.key_id == "a"
    assert b"secret" not in file


def test_every_byte_counts(ring: Keyring) -> None:
    file = sealed(ring, b"x" * 40)
    body = len(file) - 32  # the checksum at the end is for whoever has no key
    for place in range(body):
        broken = bytearray(file)
        broken[place] ^= 1
        assert not is_whole(io.BytesIO(bytes(broken)))
        with pytest.raises(VaultError):
            read(bytes(broken), ring)


def test_a_file_that_was_cut_off_does_not_open(ring: Keyring) -> None:
    file = sealed(ring, b"x" * (2 * FRAME + 9))
    start = len(MAGIC) + len(read_header(io.BytesIO(file)).raw)
    one_frame = start + 4 + FRAME + 16
    for length in (start, start + 2, one_frame - 1, one_frame, len(file) - 60):
        with pytest.raises(VaultError):
            read(file[:length], ring)
        assert not is_whole(io.BytesIO(file[:length]))


def test_frames_cannot_be_moved_or_left_out(ring: Keyring) -> None:
    file = sealed(ring, b"a" * FRAME + b"b" * FRAME + b"c")
    start, size = len(MAGIC) + len(read_header(io.BytesIO(file)).raw), 4 + FRAME + 16
    first, second, rest = (
        file[start : start + size],
        file[start + size : start + 2 * size],
        file[start + 2 * size :],
    )
    for body in (second + first + rest, second + rest, first + first + rest, first + rest):
        with pytest.raises(VaultError):
            read(file[:start] + body, ring)


def test_the_header_is_bound_to_every_frame(ring: Keyring) -> None:
    file = sealed(ring, b"x")
    header = read_header(io.BytesIO(file))
    other = json.dumps({**header.facts, "rows": {"a": 2}}).encode() + b"\n"
    with pytest.raises(VaultError):
        read(file.replace(header.raw, other), ring)


def test_another_ring_opens_nothing(ring: Keyring) -> None:
    file = sealed(ring, b"x")
    for other in (generate_private("a"), generate_private("z")):
        with pytest.raises(VaultError):
            read(file, parse_private(other))


@pytest.mark.parametrize("data", [b"", b"x", MAGIC, MAGIC + b"{}\n", MAGIC + b"[]\n", MAGIC + b"{"])
def test_what_is_no_sealed_file_is_refused(data: bytes) -> None:
    with pytest.raises(VaultError):
        read_header(io.BytesIO(data))
