"""A row as it leaves the product: the columns of the inventory export, in their order.

Source: shared/interfaces.md, "Inventory export". The API shows the same names and values.
"""

from __future__ import annotations

from datetime import datetime

from tokens.selectors.facts import Row

COLUMNS = (
    "id",
    "company",
    "workspace_id",
    "integration",
    "environment",
    "scope",
    "label",
    "owner_email",
    "created_by_email",
    "hint",
    "replaces",
    "state",
    "health",
    "flags",
    "issued_at",
    "age_days",
    "due_at",
    "last_checked_at",
    "last_outcome",
    "last_conclusive_at",
    "last_used_at",
    "last_used_evidence",
    "revoked_at",
    "revocation_proof",
)

Value = str | int | list[str] | None


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`; the database gives aware UTC moments alone."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def record(row: Row) -> tuple[Value, ...]:
    """The row's values in the order of COLUMNS; what is not known is None or ""."""
    return (
        str(row.id),
        row.company,
        row.workspace_id,
        row.integration,
        row.environment,
        row.scope,
        row.label,
        row.owner_email,
        row.created_by_email,
        row.hint,
        None if row.replaces is None else str(row.replaces),
        row.state,
        row.health,
        list(row.flags),
        moment(row.issued_at),
        row.age_days,
        moment(row.due_at),
        moment(row.last_checked_at),
        row.last_outcome,
        moment(row.last_conclusive_at),
        moment(row.last_used_at),
        row.last_used_evidence,
        moment(row.revoked_at),
        row.revocation_proof,
    )


def as_dict(row: Row) -> dict[str, Value]:
    """The row as one JSON object."""
    return dict(zip(COLUMNS, record(row), strict=True))
