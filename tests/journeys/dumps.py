"""All that an instance wrote down, as bytes: to be searched for tokens."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import redis
from psycopg import sql

from tests.journeys.instance import Instance
from tokens import redis_address

_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


def sqlite_cells(path: Path) -> bytes:
    """Every cell of every table; the files themselves lie in the folder that is read anyway."""
    connection = sqlite3.connect(path)
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        cells = [name.encode() for name in names]
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                cells.extend(_cell(cell) for cell in row)
        return b"\n".join(cells)
    finally:
        connection.close()


def postgresql_cells(url: str) -> bytes:
    """Every cell of every table."""
    cells: list[bytes] = []
    with psycopg.connect(url) as connection:
        tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
        for table in tables:
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
            for row in rows:
                cells.extend(_cell(cell) for cell in row)
    return b"\n".join(cells)


def _cell(cell: object) -> bytes:
    return bytes(cell) if isinstance(cell, bytes | bytearray | memoryview) else str(cell).encode()


def redis_values(url: str) -> bytes:
    """Every key with its value, and as Redis itself would write it to a file (DUMP)."""
    found: list[object] = []
    with redis_address.connect(url, seconds=30) as client:
        for key in client.scan_iter():
            found += [key, client.dump(key), *_parts(client, key)]
    return b"\n".join(_cell(part) for part in found)


def _parts(client: redis.Redis, key: Any) -> Iterable[object]:
    """DUMP may compress long strings, so values are read as they are, too."""
    kind = _cell(client.type(key))
    if kind == b"string":
        return [client.get(key)]
    if kind == b"list":
        return client.lrange(key, 0, -1)
    if kind == b"hash":
        return [part for pair in client.hgetall(key).items() for part in pair]
    return client.zrange(key, 0, -1) if kind == b"zset" else client.smembers(key)


def mails_bytes(mails: Iterable[EmailMessage]) -> bytes:
    """Mails as they arrived, and their parts as they are read."""
    parts: list[bytes] = []
    for mail in mails:
        parts.append(bytes(mail))
        parts += [_cell(part.get_payload(decode=True)) for part in mail.walk()]
    return b"\n".join(parts)


def folder_bytes(folder: Path) -> bytes:
    """Every file below a folder, but the keys, which are nobody's token."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"\n".join(path.read_bytes() for path in files if "keys" not in path.parts)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A database of its own on the server of this address, dropped afterwards."""
    name = f"coolset_journey_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def free_redis(server: str) -> Iterator[str]:
    """An empty database of this Redis other than the one named; emptied again afterwards."""
    taken = int(urlsplit(server).path.strip("/") or 0)
    for number in (n for n in range(15, 0, -1) if n != taken):
        url = urlsplit(server)._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(url) as client:
            if not _is_mine(client):
                continue
            try:
                yield url
            finally:
                client.flushdb()
            return
    raise AssertionError("no empty Redis database to run on")


def _is_mine(client: redis.Redis) -> bool:
    """Take an empty database by a key of ours; leave one alone that somebody else uses."""
    if client.dbsize() or not client.set("journey", uuid4().hex, nx=True):
        return False
    if client.dbsize() == 1:
        return True
    client.delete("journey")
    return False


def given_database() -> str:
    return os.environ["TEST_DATABASE_URL"]


def given_redis() -> str:
    return os.environ["TEST_REDIS_URL"]


def database_cells(instance: Instance) -> bytes:
    """Every cell of this instance's database."""
    if url := instance.environment.get("DATABASE_URL"):
        return postgresql_cells(url)
    return sqlite_cells(instance.folder / "db.sqlite3")


def in_transit(instance: Instance) -> bytes:
    """What lies in the broker now (and, on Redis, in the cache)."""
    if url := instance.environment.get("REDIS_URL"):
        return redis_values(url)
    return folder_bytes(instance.folder / "broker") or b"empty"
