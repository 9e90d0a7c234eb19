"""A small disk of the instance's own, to be filled to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.faults.campaign import Campaign

#: Room for 10,000 tokens and what PostgreSQL keeps beside them.
MEGABYTES = 256


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system in memory at this place; skips where none may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Not a byte is left on it until this ends."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1 << 9, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue  # no room for so much: try less
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def database_on(c: Campaign, disk: Path) -> Iterator[None]:
    """PostgreSQL keeps this instance's tables on that disk; SQLite's lie there already."""
    url = c.instance.environment.get("DATABASE_URL")
    if url is None:
        yield
        return
    assert c.cluster is not None
    place = disk / "tables"
    place.mkdir()
    owner = (c.cluster.folder / "data").stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    name, space = url.rsplit("/", 1)[1], f"small_{uuid4().hex[:8]}"
    with psycopg.connect(c.cluster.admin, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(
                sql.Identifier(space), sql.Literal(str(place))
            )
        )
        move = sql.SQL("ALTER DATABASE {} SET TABLESPACE {}")
        admin.execute(move.format(sql.Identifier(name), sql.Identifier(space)))
        try:
            yield
        finally:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            admin.execute(sql.SQL("DROP TABLESPACE {}").format(sql.Identifier(space)))
