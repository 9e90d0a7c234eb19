"""The database of an instance as somebody beside it sees and touches it: SQLite or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from tests.journeys.instance import Instance

WAIT_SECONDS = 120.0
Rows = Callable[..., list[tuple[Any, ...]]]


def _sqlite(instance: Instance) -> sqlite3.Connection:
    path = instance.folder / "db.sqlite3"
    return sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)


def _written(value: object) -> object:
    """As Django writes it into SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def rows(instance: Instance, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a SELECT finds; `%s` stands for a value."""
    if url := instance.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as server:
            return server.execute(query.encode(), values).fetchall()
    with closing(_sqlite(instance)) as file:
        return file.execute(query.replace("%s", "?"), [_written(v) for v in values]).fetchall()


@contextmanager
def kept_open(instance: Instance) -> Iterator[Rows]:
    """`rows` over one connection that is there before the fault, as web of a running instance has
    it: on a full disk SQLite wants 32 kB before it reads a row for the first of its readers, and
    PostgreSQL may refuse a new connection."""
    if url := instance.environment.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as server:
            yield lambda query, *values: server.execute(query.encode(), values).fetchall()
        return
    with closing(_sqlite(instance)) as file:
        file.execute("SELECT count(*) FROM tokens_token").fetchone()
        yield lambda query, *values: file.execute(query.replace("%s", "?"), values).fetchall()


def change(instance: Instance, statement: str, *values: object) -> int:
    """Do one statement, at once; how many rows it changed."""
    if url := instance.environment.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as server:
            return server.execute(statement.encode(), values).rowcount
    with closing(_sqlite(instance)) as file:
        found = file.execute(statement.replace("%s", "?"), [_written(v) for v in values])
        return found.rowcount


@contextmanager
def writes_held(instance: Instance, table: str = "tokens_mail") -> Iterator[None]:
    """Nobody else can write this table (SQLite: any) until this ends; reading goes on."""
    if url := instance.environment.get("DATABASE_URL"):
        with psycopg.connect(url) as server:
            server.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.Identifier(table)))
            yield
            server.rollback()
        return
    with closing(_sqlite(instance)) as file:
        file.execute("BEGIN IMMEDIATE")
        yield
        file.execute("ROLLBACK")


def moment(value: object) -> datetime:
    """A moment as either database gives it."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
