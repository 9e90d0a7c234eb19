"""What a database says of its own tables, in a form that two databases can be compared by."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

#: Our tables alone; "%" is all.
_OURS = "tokens\\_%"
_POSTGRESQL = {
    "tables": """
        SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length,
               is_nullable, column_default, is_identity, identity_generation
        FROM information_schema.columns WHERE table_name LIKE %s""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE conrelid::regclass::text LIKE %s""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename LIKE %s",
    "numbers": """
        SELECT sequencename, data_type::text, last_value FROM pg_sequences
        WHERE sequencename LIKE %s""",
}


def describe(connection: BaseDatabaseWrapper, named: str = _OURS) -> dict[str, Any]:
    """Columns, constraints and indexes with their names, and where numbers begin."""
    if connection.vendor == "postgresql":
        return {name: _rows(connection, query, named) for name, query in _POSTGRESQL.items()}
    made = _rows(
        connection,
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name LIKE %s ESCAPE '\\'",
        named,
    )
    return {
        "tables": {name: _clauses(text) for kind, name, text in made if kind == "table"},
        "others": [row for row in made if row[0] != "table"],
    }


def _rows(connection: BaseDatabaseWrapper, query: str, named: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [named])
        return sorted(cursor.fetchall(), key=repr)


def _clauses(statement: str) -> list[str]:
    """Of a CREATE TABLE. In any order: where SQLite adds a column and where it rebuilds differs."""
    depth, clauses = 0, [""]
    for sign in statement[statement.index("(") + 1 : statement.rindex(")")]:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            clauses.append("")
        else:
            clauses[-1] += sign
    return sorted(clause.strip() for clause in clauses)
