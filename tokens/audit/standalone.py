"""The script that auditors check a file with, run here on what was just written: the very same
code, so that what counts as whole here is whole for a stranger."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tokens.errors import InvalidInput

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_audit_export.py"
_PIECE = 1 << 20


class Tampered(InvalidInput):
    """The file can be read, and is not as it was written."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Entries `first` to `last`, whole; `seen`: the hashes of those that were asked for."""

    first: int
    last: int
    hash: str
    seen: dict[int, str]


@cache
def _script() -> Any:
    spec = importlib.util.spec_from_file_location("check_audit_export", SCRIPT)
    if spec is None or spec.loader is None:
        raise ImportError("scripts/check_audit_export.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def walk_files(
    paths: list[Path],
    *,
    field: str,
    wanted: set[int] | None = None,
    progress: Callable[[int], object] | None = None,
) -> Walked:
    """Walk files that have to join. Raises InvalidInput naming `field`, in the script's words;
    Tampered where they can be read and are not whole."""
    script = _script()
    try:
        found = script.walk_all([str(path) for path in paths], wanted or set(), progress)
    except script.Broken as fault:
        raise Tampered(f"was tampered with: {fault}", field=field) from None
    except (script.Unreadable, KeyError, TypeError, ValueError) as fault:
        raise InvalidInput(f"cannot be read: {_why(fault)}", field=field) from None
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", field=field) from None
    return Walked(*found)


def check_signature(path: Path, public_key: str, *, field: str) -> tuple[int, str]:
    """Number and hash of a checkpoint that this key signed. Raises InvalidInput."""
    script = _script()
    try:
        number, sealed = script.read_checkpoint(str(path), public_key)
    except (script.Broken, script.Unreadable, OSError) as fault:
        raise InvalidInput(f"{path.name} is not as it was written: {fault}", field=field) from None
    return int(number), str(sealed)


def digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _why(fault: Exception) -> str:
    # What Python says of a malformed line may repeat it.
    return str(fault) if type(fault) is _script().Unreadable else "a line is not what it should be"
