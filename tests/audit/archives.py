"""Archives of a short chain for tests: entries of long ago, written to a file, removed."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from tests.audit.helpers import ACTOR, NOW, write
from tokens.services.archive_audit.prefix import prefix_before
from tokens.services.archive_audit.remove import remove_archived
from tokens.services.archive_audit.write import Archive, write_archive

#: So much later that everything written at NOW may be archived.
LATER = NOW + timedelta(days=500)
CUT: date = (NOW + timedelta(days=1)).date()
REASON = "kept for a year"


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rows() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tokens_auditevent ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def archived(
    folder: Path, name: str = "old.jsonl", *, before: date = CUT, now: datetime = LATER
) -> Archive:
    """The file and its checkpoint; the entries stay."""
    return write_archive(
        prefix=prefix_before(before, now=now), path=folder / name, actor=ACTOR, now=now
    )


def removed(
    folder: Path, name: str = "old.jsonl", *, before: date = CUT, now: datetime = LATER
) -> Archive:
    archive = archived(folder, name, before=before, now=now)
    remove_archived(archive=archive, reason=REASON, actor=ACTOR, now=now)
    return archive


def old_and_new(old: int = 5, new: int = 3) -> None:
    """Entries 1 to `old` of long ago, and some that are young."""
    write(old)
    write(new, at=LATER - timedelta(days=1))


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
