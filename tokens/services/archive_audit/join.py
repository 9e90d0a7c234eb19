"""Archives and the trail of this database as one chain: whether they join, walked as a stranger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tokens.audit.anchors import Anchor, anchor
from tokens.audit.checkpoints import Checkpoint
from tokens.audit.standalone import Tampered, Walked, digest, walk_files
from tokens.audit.verification import hash_of
from tokens.errors import InvalidInput

FIELD = "--archive"


@dataclass(frozen=True, slots=True)
class Joined:
    """Archives hold entries `first` to `last`. `fault`: why they are not the beginning of this
    trail, in words, or nothing. `seen`: hashes of the entries that were asked for."""

    first: int = 0
    last: int = 0
    fault: str = ""
    seen: dict[int, str] = field(default_factory=dict)

    def holds(self, checkpoint: Checkpoint) -> bool:
        """Whether the entry that it saw stands in these files."""
        return self.first <= checkpoint.number <= self.last

    def disagreement(self, checkpoint: Checkpoint) -> str:
        """How the archived entry differs from what the checkpoint saw, in words, or nothing."""
        if self.seen.get(checkpoint.number) == checkpoint.hash:
            return ""
        return f"entry {checkpoint.number} in the archive is not the one that the checkpoint saw"


def join_archives(
    *, paths: list[Path], wanted: set[int], progress: Callable[[int], object] = lambda count: None
) -> Joined:
    """Walk the files, in order, and compare their end with where this trail begins.

    Where these entries are still here, too, they are compared with the ones here. Raises
    InvalidInput naming `--archive` where a file cannot be read, or a later archive is missing.
    """
    try:
        found = walk_files(paths, field=FIELD, wanted=wanted, progress=progress)
    except Tampered as error:
        return Joined(fault=f"the archive {error.message}")
    return Joined(found.first, found.last, _fault(anchor(), paths[-1], found), found.seen)


def _fault(gone: Anchor, latest: Path, found: Walked) -> str:
    if found.last < gone.number:
        missing = f"ends at entry {found.last}, and this trail begins after entry {gone.number}"
        raise InvalidInput(f"{missing}: give the later archives, too", field=FIELD)
    here = hash_of(found.last)
    if not here:
        return f"the archive goes on to entry {found.last}, which is not here"
    if here != found.hash:
        return (
            f"entry {found.last} is another one in the archive: it was made by another instance,"
            " or one of the two was changed"
        )
    if found.last == gone.number and digest(latest) != gone.file_digest:
        return f"{latest.name} is not the file that was archived: its SHA-256 is another"
    return ""
