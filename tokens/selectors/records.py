"""A row as it leaves the product: the columns of the inventory export, in their order.

Source: shared/interfaces.md, "Inventory export". The API shows the same names and values.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

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

#: What people write as they like: everywhere else stand numbers, moments and words of our own.
FREE_TEXT = ("company", "integration", "label", "owner_email", "created_by_email", "hint")

Value = str | int | list[str] | None


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, as `isoformat` writes it; `at` is aware.

    Put together from parts that were written before: `isoformat` takes three times as long, and an
    export writes half a million of them.
    """
    if at is None:
        return None
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    minute = f"{_day(at.toordinal())}{_MINUTES[at.hour * 60 + at.minute]}{at.second:02}"
    return f"{minute}.{at.microsecond:06}Z" if at.microsecond else f"{minute}Z"


_MINUTES = [f"T{hour:02}:{minute:02}:" for hour in range(24) for minute in range(60)]


@lru_cache(maxsize=4096)  # eleven years of days
def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


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
