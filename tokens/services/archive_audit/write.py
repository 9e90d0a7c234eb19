"""Write the archive: entries, digest, signed checkpoint; checked as a stranger would check it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tokens.audit import Actor, Event, Subject, audited
from tokens.audit.checkpoints import sign_checkpoint
from tokens.audit.exporting import export_entries
from tokens.audit.standalone import check_signature, digest, walk_files
from tokens.errors import InvalidInput
from tokens.keys import private_keyring
from tokens.services.archive_audit.prefix import Prefix

CHECKPOINT = ".checkpoint.json"
Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Archive:
    """A prefix in a file that was checked; `checkpoint`: the file that signs its end."""

    prefix: Prefix
    path: Path
    checkpoint: Path
    digest: str

    def facts(self) -> dict[str, Any]:
        """What entries about it say."""
        prefix = self.prefix
        return {
            "after": prefix.after,
            "count": prefix.count,
            "number": prefix.number,
            "previous_hash": prefix.previous_hash,
            "hash": prefix.hash,
            "last_at": prefix.last_at,
            "file": self.path.name,
            "file_digest": self.digest,
        }


def write_archive(
    *,
    prefix: Prefix,
    path: Path,
    actor: Actor,
    now: datetime,
    progress: Progress = lambda count: None,
) -> Archive:
    """The prefix as a file of the export's format, and beside it a checkpoint of its last entry.

    progress: called with entries done, each of them twice: written, and read back. Nothing is left
    behind where it cannot be checked or recorded. Raises InvalidInput naming `output`, also where
    something stands there, and KeyringError where this process cannot sign.
    """
    checkpoint = path.with_name(path.name + CHECKPOINT)
    for each in (path, checkpoint):
        if each.exists() or each.is_symlink():
            raise InvalidInput(f"exists already: {each.name}", field="output")
    signed = sign_checkpoint(prefix.number, prefix.hash, keyring=private_keyring(), now=now)
    made: list[Path] = []
    try:
        draft = _drafted(path, made, _lines(prefix, now, progress))
        _put(_drafted(checkpoint, made, [signed.text()]), checkpoint, made)
        check_signature(checkpoint, signed.public_key, field="output")
        _require_whole(draft, prefix, progress)
        archive = Archive(prefix, path, checkpoint, digest(draft))
        _put(draft, path, made)
        with audited(actor=actor, now=now) as trail:
            trail.add(Event.AUDIT_ARCHIVED, Subject("audit", name=path.name), **archive.facts())
    except BaseException:
        for each in made:
            each.unlink(missing_ok=True)
        raise
    return archive


def _lines(prefix: Prefix, now: datetime, progress: Progress) -> Iterator[str]:
    found = export_entries(after=prefix.after, until=prefix.number, now=now, progress=progress)
    try:
        for line in found:
            yield json.dumps(line, ensure_ascii=False) + "\n"
    except ValueError as error:  # an entry that no recorder can have written; its number alone
        raise InvalidInput(str(error), field="before") from None


def _drafted(path: Path, made: list[Path], lines: Iterable[str]) -> Path:
    """A file of mode 0600 beside `path`, safe on the disk."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        made.append(Path(name))
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", field="output") from None
    return Path(name)


def _put(draft: Path, path: Path, made: list[Path]) -> None:
    """In its place, unless somebody was faster: what stands there is never replaced."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise InvalidInput(f"exists already: {path.name}", field="output") from None
    except OSError as error:
        raise InvalidInput(f"cannot be written: {error.strerror}", field="output") from None
    draft.unlink()
    made.append(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _require_whole(draft: Path, prefix: Prefix, progress: Progress) -> None:
    found = walk_files([draft], field="output", progress=progress)
    wanted = (prefix.after + 1, prefix.number, prefix.hash)
    if (found.first, found.last, found.hash) != wanted:
        raise InvalidInput("does not hold the entries that it should", field="output")
