"""The trail as a file that a stranger can check: every entry, its hash, and where it ends.

JSON Lines: the first line says what this is and after which hash it goes on, then one object per
entry with all its columns, and the last line names the head. `scripts/check_audit_export.py` checks
it without us.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from tokens.audit.anchors import Anchor, anchor
from tokens.audit.chain import COLUMNS, GENESIS, SCHEME, moment
from tokens.audit.verification import chunks_after, hash_of, head
from tokens.errors import InvalidInput

FORMAT = "coolset-token-governance audit export 1"


def export_entries(
    *,
    after: int = 0,
    until: int | None = None,
    now: datetime,
    progress: Callable[[int], object] = lambda count: None,
    using: str = DEFAULT_DB_ALIAS,
) -> Generator[dict[str, Any], None, None]:
    """The lines, as objects, of the entries after number `after` up to the head of this moment,
    or up to entry `until`.

    Entries written meanwhile are left out, so that the file ends where it says. 0 begins with the
    first entry that is still here. Raises InvalidInput naming `after` where there is no such entry.
    """
    number, sealed = head(using=using) or (0, GENESIS)
    gone = anchor(using=using)
    after = after or gone.number
    if not gone.number <= after <= number:
        raise InvalidInput(_not_here(gone, number), field="after")
    if until is not None:
        number, sealed = until, hash_of(until, using=using)
    yield {
        "format": FORMAT,
        "scheme": SCHEME,
        "exported_at": moment(now),
        "after": after,
        "previous_hash": hash_of(after, using=using),
    }
    for rows in chunks_after(connections[using], after):
        wanted = [row for row in rows if row[0] <= number]
        for row in wanted:
            yield dict(zip(COLUMNS, row, strict=True))
        progress(len(wanted))
        if len(wanted) < len(rows):
            break
    yield {"head": {"number": number, "hash": sealed}, "entries": number - after}


def _not_here(gone: Anchor, number: int) -> str:
    if not gone.number:
        return f"is not a number from 0 to {number}"
    return (
        f"is not a number from {gone.number} to {number}: older entries are archived in {gone.file}"
    )
