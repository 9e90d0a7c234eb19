"""The token that shall come of a pasted value, as it is kept until the worker stores it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from tokens.services.entries import Entry

_TEXTS = (
    "company_name",
    "integration_name",
    "environment",
    "scope",
    "owner_email",
    "created_by_email",
    "label",
    "where",
    "runbook_url",
)


def plan_of(entry: Entry) -> dict[str, Any]:
    """A clean entry as JSON, without its value."""
    return {
        **{name: getattr(entry, name) for name in _TEXTS},
        "workspace_id": entry.workspace_id,
        "issued_at": entry.issued_at.isoformat() if entry.issued_at else None,
    }


def entry_of(plan: dict[str, Any], value: str) -> Entry:
    """The entry of a plan, with the value."""
    issued = plan["issued_at"]
    texts = {name: plan[name] for name in _TEXTS}
    entry = Entry(
        **texts,
        workspace_id=plan["workspace_id"],
        issued_at=datetime.fromisoformat(issued) if issued else None,
    )
    return replace(entry, value=value)
