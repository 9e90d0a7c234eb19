#!/usr/bin/env python3
"""Hold migrations to what a running previous version can live with; part of `make check`.

While new processes start, old ones still read and write: so nothing that they use goes away or is
renamed, nothing that they do not write is demanded, and no big table is locked for long. What has
to be otherwise is an exception with its reason, below. Exit 1 on a find.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

#: Up to here no version was released, and one step makes all of it.
BASELINE = 16
#: Tables that grow with tokens, checks or mails: an index or a constraint takes long there.
BIG = frozenset(
    "auditevent check delivery mail notice secret sighting token usage".split()  # noqa: SIM905
)
#: (migration, what is wrong, where): why it may be so all the same.
EXCEPTIONS: dict[tuple[str, str, str], str] = {}


def faults(migration: Any, before: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with a migration and where; `before` is the state that it starts from."""
    made: set[str] = set()
    for operation in migration.operations:
        kind = type(operation).__name__
        where = str(
            getattr(operation, "model_name", None) or getattr(operation, "name", "")
        ).lower()
        if kind == "CreateModel":
            made.add(where)
        elif where not in made:
            yield from _of_operation(operation, kind, where, migration.app_label, before)
        operation.state_forwards(migration.app_label, before)


def _of_operation(
    operation: Any, kind: str, where: str, app: str, before: Any
) -> Iterator[tuple[str, str]]:
    column = f"{where}.{getattr(operation, 'name', '')}"
    if kind in {"RenameField", "RenameModel", "AlterModelTable"}:
        yield "renames what the previous version uses", where
    elif kind in {"RemoveField", "DeleteModel"}:
        yield "removes what the previous version may use", column
    elif kind == "AddField" and _demanded(operation.field):
        yield "adds a column that the previous version does not write: give it db_default", column
    elif kind == "AlterField":
        old = before.models[app, where].fields[operation.name]
        yield from ((fault, column) for fault in _altered(old, operation.field))
    elif kind in {"AddIndex", "AddConstraint"} and where in BIG:
        named = operation.index if kind == "AddIndex" else operation.constraint
        yield (
            "locks a big table: do it beside whoever writes, as 0019 and 0020 do",
            (f"{where}.{named.name}"),
        )
    elif kind == "RunSQL":
        yield "runs SQL that this check cannot read", where


def _demanded(field: Any) -> bool:
    return not (field.many_to_many or field.null or field.has_db_default())


def _altered(old: Any, new: Any) -> Iterator[str]:
    if old.null and not new.null:
        yield "demands what the previous version may leave empty"
    if type(old) is not type(new):
        yield "changes a column's kind"
    if (new.max_length or 0) < (old.max_length or 0):
        yield "shortens a column"


def found(loader: Any) -> Iterator[tuple[str, str, str]]:
    """(migration, what is wrong, where) of all of ours after the baseline."""
    for key, migration in sorted(loader.disk_migrations.items()):
        if key[0] != "tokens" or migration.replaces or int(key[1][:4]) <= BASELINE:
            continue
        before = loader.project_state(migration.dependencies)
        yield from ((key[1], fault, where) for fault, where in faults(migration, before))


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coolset_admin.settings.test")
    import django
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    seen = list(found(MigrationLoader(None)))
    for migration, fault, where in seen:
        if (migration, fault, where) not in EXCEPTIONS:
            sys.stderr.write(f"{migration}: {where}: {fault}\n")
    for stale in EXCEPTIONS.keys() - set(seen):
        sys.stderr.write(f"{stale}: this exception is of nothing\n")
    return int(set(seen) != set(EXCEPTIONS))


if __name__ == "__main__":
    sys.exit(main())
