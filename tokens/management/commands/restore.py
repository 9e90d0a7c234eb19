"""`restore`: a backup into an empty database, and what it cannot know."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.services.backup import Needs, Restored, needs_of, restore
from tokens.services.backup.needs import facts_of, read_backup
from tokens.services.backup.replay import Later

SHOWN = 20


class Command(OurCommand):
    help = "Restore a backup into an empty database. --check says what it needs and writes nothing."
    wants_database = False  # it is laid out as it was when the backup was made

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="what backup wrote")
        parser.add_argument(
            "--check", action="store_true", help="say which keys it needs; nothing is written"
        )
        parser.add_argument(
            "--audit",
            metavar="EXPORT",
            help="a later export of the audit trail: revocations recorded since are replayed",
        )

    def run(self, **options: Any) -> int:
        with _opened(options["file"], "FILE", "rb") as file:
            if options["check"]:
                return self._check(file)
            later = None
            if options["audit"]:
                with _opened(options["audit"], "--audit", "r") as export:
                    later = Later.read(export)
            total = sum(read_backup(file).facts["rows"].values())
            with self.progress(total, "rows") as bar:
                done = restore(
                    file=file,
                    later=later,
                    actor=self.actor,
                    now=timezone.now(),
                    progress=bar.advance,
                )
        self._tell(done, replayed=later is not None)
        return DONE

    def _check(self, file: IO[bytes]) -> int:
        header = read_backup(file)
        needs = needs_of(header)
        payload = {
            **facts_of(header),
            "file_key": needs.file_key,
            "key_ids": needs.key_ids,
            "missing": needs.missing,
            "same_fingerprints": needs.same_fingerprints,
            "ok": needs.met,
        }
        self.emit(payload, "\n".join(_needs_in_words(needs, header.facts["created_at"])))
        return DONE if needs.met else LEFT_UNDONE

    def _tell(self, done: Restored, *, replayed: bool) -> None:
        """Loudly, on standard error: what is not here."""
        for line in _unknown(done, replayed=replayed):
            self.say(line)
        payload = {
            "rows": done.rows,
            "made_at": done.made_at,
            "audit_number": done.audit_number,
            "revocations_replayed": done.replayed.revocations,
            "lost": done.replayed.lost,
            "not_replayed": done.replayed.not_replayed,
        }
        self.emit(payload, f"{done.rows} rows restored, as of {done.made_at:%Y-%m-%d %H:%M} UTC.")


def _needs_in_words(needs: Needs, created_at: str) -> Iterator[str]:
    yield f"Made on {created_at}; its checksum fits."
    here = "is here" if needs.file_key_here else "IS NOT HERE: the backup cannot be opened"
    yield f"It is sealed to the key {needs.file_key}, which {here}."
    yield f"Stored tokens are sealed to: {', '.join(needs.key_ids) or 'none'}."
    if needs.missing:
        yield f"NOT HERE: {', '.join(needs.missing)}. Those tokens could never be checked again."
    if not needs.same_fingerprints:
        yield "FINGERPRINT_KEY IS ANOTHER ONE: known values would not be recognised."


def _unknown(done: Restored, *, replayed: bool) -> Iterator[str]:
    since = f"after {done.made_at:%Y-%m-%d %H:%M} UTC (audit entry {done.audit_number})"
    yield f"ATTENTION: what happened {since} is not in this database."
    if replayed:
        yield f"{done.replayed.revocations} revocations recorded since then were recorded again."
        for name in done.replayed.lost[:SHOWN]:
            yield f"Added or rotated since, and its value is not here: {name}"
        if len(done.replayed.lost) > SHOWN:
            yield f"… and {len(done.replayed.lost) - SHOWN} more."
        for kind, count in sorted(done.replayed.not_replayed.items()):
            yield f"Not replayed: {count} x {kind}"
    else:
        yield "Revocations recorded since then count as never recorded: give --audit if you can."
    yield "Every stored token is checked now; those that Coolset refuses will be flagged."
    yield "Accounts that were disabled, and keys and calendar links that were revoked, work again."
    yield "Values that were destroyed since then are back until they are destroyed again."
    yield "Reminders that were sent since then may be sent once more."


@contextmanager
def _opened(path: str, field: str, mode: str) -> Iterator[IO[Any]]:
    if not Path(path).is_file():
        raise InvalidInput("is no file", field=field)
    with Path(path).open(mode, encoding=None if "b" in mode else "utf-8") as file:
        yield file
