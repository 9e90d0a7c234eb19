"""Finding our tokens, and what looks like one, in files, folders, histories and streams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, KeyringError
from tokens.keys import fingerprint_key
from tokens.leaks import history
from tokens.leaks.files import files_in, is_left_out, pieces
from tokens.leaks.scanning import Find, Lookup, Scanner
from tokens.models import Secret, Token
from tokens.services.chunks import chunks
from tokens.vault.fingerprints import fingerprint

#: So many finds are listed; a token's audit entry names so many places.
LISTED, PLACES = 1000, 20
STREAM = "standard input"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Leak:
    """A find with the rows of the inventory that hold the value; none: it has the shape alone."""

    place: str
    line: int
    commit: str
    hint: str
    tokens: tuple[Token, ...]


@dataclass(slots=True)
class Scan:
    """What was looked at and found. `total` counts all finds, `leaks` lists the first of them.

    left_out: large binary files. unreadable: places that could not be read, with values masked.
    compared: whether values of the inventory could be recognised, by FINGERPRINT_KEY.
    """

    compared: bool
    files: int = 0
    commits: int = 0
    left_out: int = 0
    total: int = 0
    leaks: list[Leak] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def scan_leaks(
    *,
    paths: Sequence[Path],
    stream: BinaryIO | None = None,
    with_history: bool = False,
    actor: Actor,
    now: datetime,
    progress: Progress = lambda done, total: None,
) -> Scan:
    """Look at all of these. Every token of the inventory that turns up gets an audit entry.

    Raises InvalidInput (field PATH) for a path that is not there or has no history.
    """
    repositories = _repositories(paths, with_history)
    lookup = _lookup()
    work = _Work(Scanner(lookup), Scan(compared=lookup is not None))
    files = files_in(paths)
    total, done = len(files) + sum(repositories.values()), len(files)
    if stream is not None:
        work.read(stream, STREAM)
    for number, path in enumerate(files, start=1):
        work.file(path)
        progress(number, total)
    for repository, commits in repositories.items():
        for number in work.history(repository):
            progress(done + number, total)
        done += commits
    return _named(work, actor, now)


def _repositories(paths: Sequence[Path], with_history: bool) -> dict[Path, int]:
    found: dict[Path, int] = {}
    for path in paths:
        if not path.exists():
            raise InvalidInput("is not there", field="PATH")
        if with_history:
            try:
                repository = history.top_of(path)
                found[repository] = history.count(repository)
            except history.NoHistory as error:
                raise InvalidInput(str(error), field="PATH") from None
    return found


def _lookup() -> Lookup[UUID] | None:
    """By fingerprint, all in memory: a scan asks for millions of words. None without the key."""
    try:
        key = fingerprint_key()
    except KeyringError:
        return None
    held = Secret.objects.filter(fingerprint__isnull=False).values_list("fingerprint", "pk")
    known = {bytes(mark or b""): secret for mark, secret in held.iterator()}
    return lambda value: known.get(fingerprint(key, value))


@dataclass(slots=True)
class _Work:
    """A scan under way: all finds, before they get their names."""

    scanner: Scanner[UUID]
    scan: Scan
    listed: list[Find[UUID]] = field(default_factory=list)
    places: dict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))

    def file(self, path: Path) -> None:
        try:
            if is_left_out(path):
                self.scan.left_out += 1
                return
            with path.open("rb") as stream:
                self.read(stream, str(path))
        except OSError as error:
            self.scan.unreadable.append(f"{self.scanner.masked(str(path))}: {error.strerror}")
            return
        self.scan.files += 1

    def read(self, stream: BinaryIO, place: str) -> None:
        for number, text in pieces(stream):
            self._take(self.scanner.look(text, place=place, line=number))

    def history(self, repository: Path) -> Iterable[int]:
        """Goes through a history; says how many commits it has seen, at each new one."""
        commits, last = 0, ""
        try:
            for line in history.added(repository):
                if line.commit != last:
                    commits, last = commits + 1, line.commit
                    yield commits
                self._take(
                    self.scanner.look(
                        line.text, place=line.path, line=line.line, commit=line.commit
                    )
                )
        except history.NoHistory as error:
            self.scan.unreadable.append(f"{self.scanner.masked(str(repository))}: {error}")
        self.scan.commits += commits

    def _take(self, finds: list[Find[UUID]]) -> None:
        for find in finds:
            self.scan.total += 1
            if len(self.listed) < LISTED:
                self.listed.append(find)
            if find.known is not None:
                self.counts[find.known] += 1
                if len(self.places[find.known]) < PLACES:
                    self.places[find.known].append(place_of(find))


def place_of(find: Find[UUID] | Leak) -> str:
    """`path:line`, with the commit where it is of a history."""
    at = f" in commit {find.commit[:12]}" if find.commit else ""
    return f"{find.place}:{find.line}{at}"


def _named(work: _Work, actor: Actor, now: datetime) -> Scan:
    rows: dict[UUID, list[Token]] = defaultdict(list)
    for portion in chunks(list(work.counts)):
        found = Token.objects.filter(secret_id__in=portion).select_related("company", "integration")
        for token in found.order_by("pk"):
            rows[token.secret_id].append(token)
    work.scan.leaks = [
        Leak(
            find.place,
            find.line,
            find.commit,
            find.hint,
            tuple(rows[find.known]) if find.known else (),
        )
        for find in work.listed
    ]
    if rows:
        with audited(actor=actor, now=now) as trail:
            for secret, tokens in rows.items():
                for token in tokens:
                    trail.add(
                        Event.LEAK_FOUND,
                        token,
                        company=token.company,
                        places=work.places[secret],
                        count=work.counts[secret],
                    )
    return work.scan
