"""How much of the audit trail stays in the database, whoever archives what is older."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tokens.policy.days import midnight

#: Days that always stay: the year that an audit looks back on, and five weeks to make it in. Nobody
#: has to open a file for the year under audit. The database's own guards hold it, too.
KEEP_DAYS = 400


def latest_cut(now: datetime) -> datetime:
    """Entries from this moment on stay."""
    return now - timedelta(days=KEEP_DAYS)


def leaves_enough(before: date, now: datetime) -> bool:
    """Whether archiving what is older than this UTC day leaves `KEEP_DAYS` in the database."""
    return midnight(before) <= latest_cut(now)


def may_be_archived(at: datetime, now: datetime) -> bool:
    """Whether something of this moment may stand in an archive and no longer in the trail. What is
    younger needs no look at it."""
    return at <= latest_cut(now)
