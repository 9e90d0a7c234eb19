"""`manage.py verify_audit`: walk the audit chain; exit 1 where it was tampered with."""

from typing import Any

from django.db import connection

from tokens.audit import head, triggers, verify
from tokens.management import base


class Command(base.Command):
    help = "Walk the audit trail and say whether every entry is as it was written."

    def run(self, **options: Any) -> int:
        absent = triggers.missing(connection)
        if absent:
            self.say(f"The database does not guard the audit trail: {', '.join(absent)} missing.")
        top = head()
        with self.progress(top[0] if top else None, "entries") as bar:
            found = verify(bar.update)
        self.emit(
            {"entries": found.entries, "ok": found.ok, "first_bad": found.first_bad},
            self._words(found.entries, found.first_bad, found.reason),
        )
        return base.DONE if found.ok else base.LEFT_UNDONE

    def _words(self, entries: int, first_bad: int | None, reason: str) -> str:
        if first_bad is not None:
            return f"Tampered with: {entries} entries, broken at entry {first_bad}: {reason}."
        top = head()
        sealed = f" The chain ends in {top[1]}." if top and entries else ""
        return f"{entries} entries, all as they were written.{sealed}"
