"""Everything that was ever added in a git repository, as it is in `git log -p`."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tokens.leaks.files import OVERLAP, PIECE, as_text

MESSAGE = "commit message"
_COMMIT = re.compile(rb"commit ([0-9a-f]{40,64})\s*")
_HUNK = re.compile(rb"(@@+) .*?\+(\d+)(?:,\d+)? @@")
# A repository may come from anybody: nothing that its configuration names is run.
_GIT = (
    "git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showRoot=true",
)  # fmt: skip
_LOG = (
    "log", "--all", "--patch", "--cc", "--unified=0", "--no-color", "--no-decorate",
    "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-renames", "--no-mailmap",
    "--no-notes", "--src-prefix=a/", "--dst-prefix=b/", "--submodule=short",
)  # fmt: skip


class NoHistory(Exception):
    """A folder whose history cannot be read; the text says why, without the folder's name."""


@dataclass(frozen=True, slots=True)
class Added:
    """A line that a commit added to a file, or a line of its message."""

    commit: str
    path: str
    line: int
    text: str


def top_of(path: Path) -> Path:
    """The repository that a path lies in. Raises NoHistory."""
    folder = path if path.is_dir() else path.parent
    return Path(_ask(folder, "rev-parse", "--absolute-git-dir"))


def count(repository: Path) -> int:
    """How many commits there are. Raises NoHistory."""
    return int(_ask(repository, "rev-list", "--all", "--count"))


def _ask(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - git with our own words; the folder is an argument
            [*_GIT, "-C", str(folder), *words], capture_output=True, check=False, env=_environment()
        )
    except FileNotFoundError:
        raise NoHistory("git is not installed") from None
    if done.returncode:
        raise NoHistory("is not in a git repository")
    return os.fsdecode(done.stdout).strip()


def _environment() -> dict[str, str]:
    """Without git's own variables: a hook runs with those of the commit that it looks at."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_PAGER": "cat", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def added(repository: Path) -> Iterator[Added]:
    """All lines that any branch, tag or stash ever added, and all messages; newest first.

    Streamed, so memory stays flat. Raises NoHistory where git does not come to its end.
    """
    command = [*_GIT, "--git-dir", str(repository), *_LOG]
    with subprocess.Popen(  # noqa: S603 - as above
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
    ) as process:
        if process.stdout is None:  # it was asked for
            raise NoHistory("git has no output")
        try:
            yield from _read(process.stdout)
        except GeneratorExit:
            process.kill()
            raise
    if process.returncode:
        raise NoHistory("git could not read it to its end")


@dataclass(slots=True)
class _Place:
    """Where in the output we are. `columns`: of +, - and blank before a line of a hunk."""

    commit: str = ""
    path: str = MESSAGE
    line: int = 0
    columns: int = 0
    in_diff: bool = False


def _read(output: IO[bytes]) -> Iterator[Added]:
    place, fresh, kept, taken = _Place(), True, b"", False
    while raw := output.readline(PIECE):
        if fresh:
            taken = _step(place, raw)
            text = raw[place.columns :] if place.columns else raw
        else:  # the rest of a very long line
            text = kept + raw
        if taken:
            yield Added(place.commit, place.path, place.line, as_text(text))
        fresh = raw.endswith(b"\n")
        kept = b"" if fresh else raw[-OVERLAP:]


def _step(place: _Place, raw: bytes) -> bool:
    """Move on by one line; True where it was added, or belongs to a message."""
    if found := _COMMIT.fullmatch(raw):
        place.commit, place.path, place.line = found[1].decode(), MESSAGE, 0
        place.in_diff, place.columns = False, 0
        return False
    if raw.startswith(b"diff --"):
        place.in_diff, place.columns = True, 0
        return False
    if not place.in_diff:
        place.line += 1
        return True
    if found := _HUNK.match(raw):
        place.columns, place.line = len(found[1]) - 1, int(found[2]) - 1
        return False
    return _in_hunk(place, raw) if place.columns else _in_header(place, raw)


def _in_header(place: _Place, raw: bytes) -> bool:
    if raw.startswith(b"+++ "):
        name = raw[4:].decode("utf-8", "replace").strip().strip('"')
        place.path = name.removeprefix("b/")
    return False


def _in_hunk(place: _Place, raw: bytes) -> bool:
    signs = raw[: place.columns]
    if b"-" in signs or signs.startswith(b"\\"):
        return False
    place.line += 1
    return b"+" in signs
