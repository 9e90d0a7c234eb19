"""Files and folders as numbered pieces of text, whatever is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

#: A binary file above this is an image, an archive, a database: nobody pastes a token into it.
LARGEST_BINARY = 5 * 1024 * 1024
#: A line longer than this is read in pieces, which overlap by more than the longest token.
PIECE = 1024 * 1024
OVERLAP = 1024
_LOOKED_AT = 8192
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

#: A line number and (a piece of) that line.
Piece = tuple[int, str]


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Regular files at and below these paths, in order; git's own store of objects is left out."""
    found: dict[Path, None] = {}
    for path in paths:
        for each in [path] if not path.is_dir() else _below(path):
            found[each] = None
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        if Path(here).name == ".git" and "objects" in folders:
            folders.remove("objects")
        folders.sort()
        for name in sorted(names):
            path = Path(here, name)
            # Links lead to what is scanned by itself, or to what nobody asked about.
            if not path.is_symlink() and _is_regular(path):
                yield path


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True  # reading it will say that it cannot be read


def is_left_out(path: Path) -> bool:
    """Whether it is a large binary file. Raises OSError where it cannot be read."""
    if path.stat().st_size <= LARGEST_BINARY:
        return False
    with path.open("rb") as stream:
        beginning = stream.read(_LOOKED_AT)
    return b"\0" in beginning and not beginning.startswith(_UTF16)


def as_text(raw: bytes) -> str:
    """Bytes as text to look through. Tokens are ASCII, so Latin-1 will do, and cannot fail.

    A NUL ends a word in a binary file, and is half a letter in UTF-16: both are tried.
    """
    text = raw.decode("latin-1")
    if "\0" not in text:
        return text
    return text.replace("\0", " ") + "\n" + text.replace("\0", "")


def pieces(stream: BinaryIO) -> Iterator[Piece]:
    """Every line with its number from 1 on, long ones in pieces."""
    number, kept = 1, b""
    while raw := stream.readline(PIECE):
        yield number, as_text(kept + raw)
        ended = raw.endswith(b"\n")
        kept = b"" if ended else raw[-OVERLAP:]
        number += ended
