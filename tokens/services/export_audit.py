"""The audit trail as a file, recorded in the trail itself before it begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime

from tokens.audit import Actor, Event, Subject, audited, head
from tokens.audit.exporting import export_entries


def export_audit(
    *,
    after: int = 0,
    actor: Actor,
    now: datetime,
    progress: Callable[[int], object] = lambda count: None,
) -> Iterator[str]:
    """JSON Lines of the entries after number `after`, the one about this export included.

    Raises InvalidInput naming `after` before anything is recorded or sent.
    """
    first = export_entries(after=after, now=now)
    after = next(first)["after"]  # refuses what cannot be asked for
    first.close()
    number = (head() or (0, ""))[0] + 1
    with audited(actor=actor, now=now) as trail:
        trail.add(Event.AUDIT_EXPORTED, Subject("audit"), after=after, count=number - after)
    return _lines(after, now, progress)


def _lines(after: int, now: datetime, progress: Callable[[int], object]) -> Iterator[str]:
    for line in export_entries(after=after, now=now, progress=progress):
        yield json.dumps(line, ensure_ascii=False) + "\n"
