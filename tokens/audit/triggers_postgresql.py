"""The guards in PostgreSQL's words.

The primary key refuses an existing id, and ON CONFLICT DO UPDATE and MERGE fire the UPDATE guard.
ENABLE ALWAYS keeps them firing under session_replication_role = replica.

Entries can be deleted through one door alone: a later entry says that the trail was archived up to
there, and is so much younger (tokens/services/archive_audit). It is looked at when the statement is
done, in the very table that the guard stands on: neither a table of the same name elsewhere nor an
entry that goes with the others opens it.
"""

from typing import Any

from tokens.policy.retention import KEEP_DAYS

_EVENTS, _HEAD = "tokens_auditevent", "tokens_chainhead"

_BODIES = {
    "tokens_audit_refuse": """
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
END
""",
    "tokens_audit_archived_alone": """
DECLARE
    archived boolean;
BEGIN
    EXECUTE pg_catalog.format(
        'SELECT NOT EXISTS (SELECT FROM gone WHERE NOT EXISTS (SELECT FROM %I.%I AS later
            WHERE later.kind = ''audit.removed'' AND later.id > gone.id
            AND (later.data::jsonb ->> ''number'')::bigint >= gone.id
            AND gone.at <= later.at - interval ''KEEP hours''))',
        TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) INTO archived;
    IF archived THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
END
""".replace("KEEP", str(KEEP_DAYS * 24)),
    "tokens_audit_only_up": """
BEGIN
    IF NEW.id = OLD.id AND NEW.number > OLD.number THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only'
        USING ERRCODE = 'integrity_constraint_violation';
END
""",
}

_ROW, _STATEMENT = "FOR EACH ROW", "FOR EACH STATEMENT"
_GONE = f"REFERENCING OLD TABLE AS gone {_STATEMENT}"

# pg_trigger.tgtype: 1 row, 2 before, 8 delete, 16 update, 32 truncate.
#: guard: (table, events, level, function, tgtype)
_GUARDS = {
    "audit_entry_no_change": (_EVENTS, "BEFORE UPDATE", _ROW, "tokens_audit_refuse", 19),
    "audit_entry_no_delete": (_EVENTS, "AFTER DELETE", _GONE, "tokens_audit_archived_alone", 8),
    "audit_entry_no_truncate": (_EVENTS, "BEFORE TRUNCATE", _STATEMENT, "tokens_audit_refuse", 34),
    "audit_head_only_up": (_HEAD, "BEFORE UPDATE", _ROW, "tokens_audit_only_up", 19),
    "audit_head_no_delete": (_HEAD, "BEFORE DELETE", _ROW, "tokens_audit_refuse", 11),
    "audit_head_no_truncate": (_HEAD, "BEFORE TRUNCATE", _STATEMENT, "tokens_audit_refuse", 34),
}

CREATE = [
    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
    for name, body in _BODIES.items()
]
DROP = []
for _name, (_table, _events, _level, _function, _) in _GUARDS.items():
    DROP.append(f"DROP TRIGGER IF EXISTS {_name} ON {_table}")
    CREATE.append(
        f"CREATE TRIGGER {_name} {_events} ON {_table} {_level} EXECUTE FUNCTION {_function}()"
    )
    CREATE.append(f"ALTER TABLE {_table} ENABLE ALWAYS TRIGGER {_name}")

# A condition (tgqual) or a list of columns (tgattr) would let changes past.
_FOUND = """
SELECT t.tgname, t.tgrelid::regclass::text, p.proname, t.tgtype, p.prosrc
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgrelid IN (to_regclass(%s), to_regclass(%s)) AND NOT t.tgisinternal
  AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr::text = ''
"""


#: Before entries could be archived one guard refused every change and every deletion.
_EARLIER = (_EVENTS, "tokens_audit_refuse", 27, _BODIES["tokens_audit_refuse"])


def missing(cursor: Any) -> set[str]:
    """Guards that are absent, switched off, conditional, or whose function is not ours."""
    found = _found(cursor)
    return {
        name
        for name, (table, _, _, function, kind) in _GUARDS.items()
        if found.get(name) != (table, function, kind, _BODIES[function])
    }


def earlier(cursor: Any) -> set[str]:
    """Guards that stand as an earlier version left them, which guard as well."""
    if _found(cursor).get("audit_entry_no_change") != _EARLIER:
        return set()
    return {"audit_entry_no_change", "audit_entry_no_delete"}


def _found(cursor: Any) -> dict[str, tuple[Any, ...]]:
    cursor.execute(_FOUND, [_EVENTS, _HEAD])
    return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
