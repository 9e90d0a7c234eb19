"""Reading files, folders and histories for values with the vendor's shape; nothing is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tokens.client.trouble import bad, printable
from tokens.leaks import history
from tokens.leaks.files import Piece, files_in, is_left_out, pieces
from tokens.leaks.scanning import Scanner
from tokens.policy import leaks


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value with the vendor's shape. `allowed`: its line says that it is none."""

    place: str
    line: int
    commit: str
    allowed: bool
    value: str = field(repr=False)


@dataclass(slots=True)
class Look:
    """What was looked at; a candidate of a line counts once."""

    files: int = 0
    commits: int = 0
    left_out: int = 0
    unreadable: list[str] = field(default_factory=list)
    found: dict[Candidate, None] = field(default_factory=dict)

    def take(self, texts: Iterable[Piece], place: str, commit: str = "") -> None:
        for line, text in texts:
            for value in leaks.shaped(text):
                allowed = leaks.ALLOWED in text
                self.found[Candidate(place, line, commit, allowed, value)] = None


def look_at(names: Sequence[str], *, with_history: bool) -> Look:
    """All that stands at and below these paths; `-` is standard input. Raises Trouble."""
    paths = [Path(name) for name in names if name != "-"]
    if with_history and not paths:
        raise bad("--git needs a PATH.")
    look = Look()
    if "-" in names:
        look.files += 1
        look.take(pieces(sys.stdin.buffer), "-")
    for path in files_in(paths):
        try:
            _in_file(look, path)
        except OSError as error:
            look.unreadable.append(f"{_name(path)}: {error.strerror}")
    if with_history:
        _in_histories(look, paths)
    return look


def _name(path: Path | str) -> str:
    """A path may be named after a value, and hold signs that no terminal should obey."""
    return printable(Scanner(None).masked(str(path)))


def _in_file(look: Look, path: Path) -> None:
    if is_left_out(path):
        look.left_out += 1
        return
    with path.open("rb") as stream:
        look.take(pieces(stream), _name(path))
    look.files += 1


def _in_histories(look: Look, paths: Iterable[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        try:
            top = history.top_of(path)
            if top not in seen:
                seen.add(top)
                look.commits += history.count(top)
                for each in history.added(top):
                    look.take([(each.line, each.text)], _name(each.path), each.commit)
        except history.NoHistory as problem:
            look.unreadable.append(f"{_name(path)}: {problem}")
