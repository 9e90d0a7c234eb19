"""Where a measured instance lives: a folder and a database of its own, both gone afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from coolset_admin.local_keys import private_folder

POSTGRES = os.environ.get("BENCH_POSTGRES", "postgres://root@127.0.0.1:5432/postgres")
REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/15")
#: What the shell may carry and a measured instance must not pick up.
_OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "TOKEN_",
    "FINGERPRINT_KEY",
    "DJANGO_",
    "COOLSET_",
    "PROCESS_",
)


@dataclass(frozen=True, slots=True)
class Place:
    """One instance: `name` is its database's kind, `url` its DATABASE_URL."""

    name: str
    url: str
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a process of this instance; keys lie in its folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        ours = {
            "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.dev",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }
        return kept | ours | dict(self.extra) | more


@contextmanager
def sqlite(scratch: Path, name: str) -> Iterator[Place]:
    folder = private_folder(scratch / name)
    yield Place("SQLite", f"sqlite:///{folder / 'db.sqlite3'}", folder)


@contextmanager
def postgres(scratch: Path, name: str) -> Iterator[Place]:
    """Raises psycopg.OperationalError where there is no server."""
    database = f"bench_{name}_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRES, autocommit=True, connect_timeout=5) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        try:
            url = POSTGRES.rpartition("/")[0] + "/" + database
            yield Place("PostgreSQL", url, private_folder(scratch / name))
        finally:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(database)))


def has_postgres() -> bool:
    try:
        psycopg.connect(POSTGRES, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
