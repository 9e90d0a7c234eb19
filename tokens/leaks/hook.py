"""The pre-commit hook: refuses a commit that holds a token.

By shape alone. Where COOLSET_GOVERNANCE names the folder of an installation on this machine, its
`scan_leaks` runs in its place, which also knows every value of the inventory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from tokens.leaks.files import is_left_out, pieces
from tokens.leaks.scanning import Find, Scanner

INSTALLATION = "COOLSET_GOVERNANCE"
CLEAN, FOUND, TROUBLE = 0, 1, 2


def main(names: Sequence[str]) -> int:
    """Look at these files; 0 nothing, 1 a find, 2 a file that cannot be read."""
    installation = os.environ.get(INSTALLATION)
    if installation:
        return _ask(Path(installation), names)
    finds, code = [], CLEAN
    for name in names:
        try:
            finds += _in_file(Path(name))
        except OSError as error:
            _say(f"{Scanner(None).masked(name)}: cannot be read: {error.strerror}")
            code = TROUBLE
    for find in finds:
        _say(f"{find.place}:{find.line}: {find.hint} looks like a token of Coolset")
    if finds:
        _say("Take it out, and have it rotated and revoked: who saw it may use it.")
    return code or (FOUND if finds else CLEAN)


def _in_file(path: Path) -> list[Find[UUID]]:
    scanner: Scanner[UUID] = Scanner(None)
    if is_left_out(path):
        return []
    with path.open("rb") as stream:
        return [
            find
            for number, text in pieces(stream)
            for find in scanner.look(text, place=str(path), line=number)
        ]


def _ask(installation: Path, names: Sequence[str]) -> int:
    python = installation / ".venv" / "bin" / "python"
    files = [str(Path(name).absolute()) for name in names]
    command = [str(python), "manage.py", "scan_leaks", *files]
    # Its own settings, not those of the project whose commit this is.
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    try:
        done = subprocess.run(  # noqa: S603 - the installation is the user's own choice
            command, cwd=installation, check=False, env=environment
        )
    except OSError as error:
        _say(f"{INSTALLATION} names no installation: {error.strerror}")
        return TROUBLE
    return done.returncode


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
