"""The guards in SQLite's words.

INSERT OR REPLACE removes the row in its way without firing a DELETE trigger, so an insert is
looked at before it happens: by id, and by rowid too, which is another key of these tables. No
guard names a second table, so that SQLite can still rebuild either one.

An entry can be deleted through one door alone: a later entry of the same table says that the trail
was archived up to here, and is so much younger (tokens/services/archive_audit).
"""

from typing import Any

from tokens.policy.retention import KEEP_DAYS

_REFUSE = "SELECT RAISE(ABORT, 'the audit trail is append-only');"
_EVENTS, _HEAD = "tokens_auditevent", "tokens_chainhead"

_GUARDS = {
    "audit_entry_no_update": (f"BEFORE UPDATE ON {_EVENTS}", ""),
    "audit_entry_no_delete": (
        f"BEFORE DELETE ON {_EVENTS}",
        (
            f"WHEN NOT EXISTS (SELECT 1 FROM {_EVENTS} AS later"  # noqa: S608 - own names
            " WHERE later.kind = 'audit.removed' AND later.id > OLD.id"
            " AND json_type(later.data, '$.number') = 'integer'"
            " AND json_extract(later.data, '$.number') >= OLD.id"
            f" AND julianday(OLD.at) + {KEEP_DAYS} <= julianday(later.at))"
        ),
    ),
    "audit_entry_no_replace": (
        f"BEFORE INSERT ON {_EVENTS}",
        (
            f"WHEN EXISTS (SELECT 1 FROM {_EVENTS} WHERE id = NEW.id)"  # noqa: S608 - own names
            f" OR EXISTS (SELECT 1 FROM {_EVENTS} WHERE rowid = NEW.rowid)"
        ),
    ),
    "audit_head_only_up": (
        f"BEFORE UPDATE ON {_HEAD}",
        (
            "WHEN COALESCE(NEW.id = OLD.id AND typeof(NEW.number) = 'integer'"
            " AND NEW.number > OLD.number, 0) = 0"
        ),
    ),
    "audit_head_no_delete": (f"BEFORE DELETE ON {_HEAD}", ""),
    "audit_head_no_replace": (
        f"BEFORE INSERT ON {_HEAD}",
        f"WHEN EXISTS (SELECT 1 FROM {_HEAD})",  # noqa: S608 - own names
    ),
}


def _sql(name: str, when: str, test: str) -> str:
    return " ".join(f"CREATE TRIGGER {name} {when} FOR EACH ROW {test} BEGIN {_REFUSE} END".split())


_SQL = {name: _sql(name, when, test) for name, (when, test) in _GUARDS.items()}
#: As it was before entries could be archived: it refuses every deletion.
_EARLIER = {
    "audit_entry_no_delete": _sql("audit_entry_no_delete", f"BEFORE DELETE ON {_EVENTS}", ""),
}

CREATE = list(_SQL.values())
DROP = [f"DROP TRIGGER IF EXISTS {name}" for name in _SQL]


def missing(cursor: Any) -> set[str]:
    """Guards that are absent or not word for word ours."""
    found = _found(cursor)
    return {name for name, sql in _SQL.items() if found.get(name) != sql}


def earlier(cursor: Any) -> set[str]:
    """Guards that stand word for word as an earlier version left them, which guard as well."""
    found = _found(cursor)
    return {name for name, sql in _EARLIER.items() if found.get(name) == sql}


def _found(cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return dict(cursor.fetchall())
