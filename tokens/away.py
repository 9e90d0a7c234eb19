"""Whether an error says that the database is away, so that coming again later helps."""

from __future__ import annotations

import sqlite3

from django.db import DatabaseError, InterfaceError

#: Classes of SQLSTATE: the connection broke, resources ran out, an operator stepped in, the system
#: failed; and a transaction that may only read.
_AWAY = ("08", "53", "57", "58", "25006")
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
#: psycopg's errors of a connection that never came about, or is gone, have no SQLSTATE.
_GONE = ("OperationalError", "ConnectionTimeout", "PoolTimeout", "InterfaceError")


def is_away(error: BaseException | None) -> bool:
    """Whether it is the database's fault: it does not answer, or does not take anything now."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    state = getattr(cause, "sqlstate", None)
    return state.startswith(_AWAY) if state else type(cause).__name__ in _GONE
