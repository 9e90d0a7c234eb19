"""Moments in short: tests of the rules are tables, and tables need short cells."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    """An ISO text as a UTC moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def ahead(**span: float) -> datetime:
    return NOW + timedelta(**span)
