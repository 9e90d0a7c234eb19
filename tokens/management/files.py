"""Files that commands write: whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tokens.errors import InvalidInput


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path`. Raises as `replacing` does."""
    with replacing(path, binary=True) as out:
        out.write(content)


@contextmanager
def replacing(path: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """A new file of mode 0600 that takes `path`'s place when all is written, else is removed.

    Raises InvalidInput naming `output` where nothing can be written there.
    """
    if path.exists() and not path.is_file():
        raise InvalidInput("is not a file", field="output")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", field="output") from None
    text: dict[str, Any] = {} if binary else {"encoding": "utf-8", "newline": ""}
    try:
        with os.fdopen(handle, "wb" if binary else "w", **text) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
