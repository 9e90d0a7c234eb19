"""What a table would bring in, row by row and without a value: the preview of an import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tokens.audit import Actor, Event, audited
from tokens.models import Token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.services.csv_table import SHOWN, ImportRefused, RowError
from tokens.services.entries import Entry
from tokens.services.import_csv import Progress, add_all, read_entries
from tokens.services.registering import Registrar


def look_at(
    *,
    data: bytes,
    mapping: Mapping[str, str],
    allow_shared: bool,
    actor: Actor,
    now: datetime,
    progress: Progress,
    reach: Reach = EVERYTHING,
) -> dict[str, Any]:
    """Decide on every row by the rules of storing, and store nothing.

    `errors`: [line, column, reason] of each, the first thousand; `more` counts the rest. `rows`:
    as `_row` makes them, of the rows that are fine. `new`: how many companies, integrations and
    people would be created. Never a value, nor a cell of a row that is not fine.
    """
    try:
        entries, errors = read_entries(data, now, mapping)
    except ImportRefused as refused:
        return _found([], refused.errors, {}, more=refused.more)
    progress(0, len(entries))
    with transaction.atomic(), audited(actor=actor, now=now) as trail:
        registrar = Registrar(
            trail=trail,
            now=now,
            allow_shared=allow_shared,
            event=Event.TOKEN_IMPORTED,
            reach=reach,
        )
        errors += add_all(registrar, entries, None)
    errors.sort(key=lambda error: error.line)
    progress(len(entries), len(entries))
    rows = [_row(token, entry) for token, entry in registrar.added]
    return _found(rows, errors[:SHOWN], registrar.created, more=max(0, len(errors) - SHOWN))


def _found(
    rows: list[dict[str, Any]], errors: Sequence[RowError], new: Mapping[str, int], *, more: int
) -> dict[str, Any]:
    return {
        "rows": rows,
        "errors": [[error.line, error.column, error.reason] for error in errors],
        "more": more,
        "new": dict(new),
    }


def _row(token: Token, entry: Entry) -> dict[str, Any]:
    """One row as it would be stored. `new` names what would be created for it."""
    named = (
        ("company", token.company),
        ("integration", token.integration),
        ("owner", token.owner),
        ("creator", token.created_by),
    )
    return {
        "line": entry.line,
        "company": token.company.name,
        "workspace_id": token.company.workspace_id,
        "integration": token.integration.name,
        "environment": token.environment,
        "scope": token.scope,
        "label": token.label,
        "owner": entry.owner_email,
        "creator": entry.created_by_email,
        "hint": token.hint,
        "held": token.sealed is not None,
        "issued_at": token.issued_at.isoformat() if token.issued_at else "",
        "due_at": token.due_at.isoformat(),
        "new": [name for name, row in named if row is not None and row._state.adding],
    }
