"""A screenshot as a PNG of at most 256 colours: a third of the size, and no library needed.

Reads what Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced. PNG: ISO/IEC 15948.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_MAGIC = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
_COLOURS = 256


def shrink(png: bytes) -> bytes:
    """The same picture with a palette. Raises ValueError for a PNG that is not a screenshot's."""
    width, height, channels, raw = _read(png)
    pixels = _pixels(raw, width, height, channels)
    palette, places = _palette(Counter(pixels))
    rows = bytearray()
    for top in range(0, width * height, width):
        rows.append(0)  # no filter: neighbouring places of a palette say nothing about each other
        rows.extend(places[pixel] for pixel in pixels[top : top + width])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(bytes(rows), 9)))
    return _MAGIC + b"".join(_chunk(kind, data) for kind, data in (*chunks, (b"IEND", b"")))


def _read(png: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, channels, and the filtered rows."""
    chunks = list(_chunks(png))
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or colour not in _CHANNELS or interlaced:
        raise ValueError("not a screenshot: 8 bits, RGB or RGBA, not interlaced")
    data = b"".join(data for kind, data in chunks if kind == b"IDAT")
    return width, height, _CHANNELS[colour], zlib.decompress(data)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(_MAGIC):
        raise ValueError("not a PNG")
    at = len(_MAGIC)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _pixels(raw: bytes, width: int, height: int, channels: int) -> list[bytes]:
    """Every pixel as three bytes, row by row."""
    length, above, found = width * channels, bytes(width * channels), []
    for row in range(height):
        start = row * (length + 1)
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + length], above, channels)
        found += [above[at : at + 3] for at in range(0, length, channels)]
    return found


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """One row, its filter (PNG, 9.2) undone."""
    if kind == 0:
        return line
    out = bytearray(line)
    for at, value in enumerate(line):
        left = out[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = (left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))
        out[at] = (value + guess[kind - 1]) & 0xFF
    return bytes(out)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    near = (abs(guess - left), abs(guess - above), abs(guess - corner))
    return (left, above, corner)[near.index(min(near))]


def _palette(counted: Counter[bytes]) -> tuple[bytes, dict[bytes, int]]:
    """The commonest colours, and for every colour its place or that of the nearest."""
    kept = [colour for colour, _ in counted.most_common(_COLOURS)]
    places = {colour: place for place, colour in enumerate(kept)}
    for colour in counted.keys() - places.keys():
        places[colour] = min(range(len(kept)), key=lambda at: _distance(kept[at], colour))
    return b"".join(kept), places


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
