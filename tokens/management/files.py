"""Files that commands write: whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tokens.errors import InvalidInput


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of `path`, mode 0600. Raises InvalidInput naming `output`."""
    if path.exists() and not path.is_file():
        raise InvalidInput("is not a file", field="output")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", field="output") from None
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
