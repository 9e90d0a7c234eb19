"""A PostgreSQL server of the campaign's own, that may be frozen, killed, filled up and read.

Faults of a server must not hurt whoever else uses the machine's. Made where the programs of a
server lie (Debian's place, or the PATH); else the faults run on TEST_DATABASE_URL itself, and
those that would hurt it are left out.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.journeys.instance import free_port, until

#: For everybody but a superuser three less: the test itself can always look.
CONNECTIONS = 40
ROLE = "coolset"
#: For so long whoever gets a connection before us is cut again.
CROWD_SECONDS = 3
_PROGRAMS = "/usr/lib/postgresql/*/bin"


def programs() -> Path | None:
    """Where `initdb` and `postgres` lie, the newest of several."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    places = sorted(Path("/").glob(_PROGRAMS.strip("/")), key=lambda each: int(each.parts[-2]))
    return places[-1] if places else None


def _somebody() -> dict[str, Any]:
    """The server refuses to run as root: then it runs as Debian's own user."""
    if os.getuid():
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass
class Cluster:
    """One server; `admin` is the way in for a superuser."""

    bin: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def admin(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @contextmanager
    def database(self, like: str = "") -> Iterator[str]:
        """The address of a new one, a copy of the one of that name; gone afterwards."""
        name = f"fault_{uuid4().hex[:12]}"
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            *map(sql.Identifier, (name, ROLE, like or "template1"))
        )
        gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.admin, autocommit=True) as admin:
            admin.execute(made)
        try:
            yield f"postgres://{ROLE}@127.0.0.1:{self.port}/{name}"
        finally:
            with psycopg.connect(self.admin, autocommit=True) as admin:
                admin.execute(gone)

    def start(self) -> None:
        options = {
            "port": self.port, "listen_addresses": "127.0.0.1", "max_connections": CONNECTIONS,
            "unix_socket_directories": self.folder, "max_wal_size": "256MB", "fsync": "off",
            "shared_buffers": "64MB",
        }  # fmt: skip
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(self.folder / "data"), *words],
                stdout=said, stderr=said, cwd=self.folder, start_new_session=True, **_somebody(),
            )  # fmt: skip
        until(self._answers, "PostgreSQL answers")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _pids(self) -> list[int]:
        assert self.process is not None
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return [self.process.pid, *(int(pid) for pid in found.stdout.split())]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every process of the server is stopped, and none closes a line."""
        pids = self._pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextmanager
    def crowded(self, *, cut: str) -> Iterator[int]:
        """Somebody holds every connection that may be had, those of the database `cut`, too."""
        cut_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        taken: list[psycopg.Connection[Any]] = []
        with psycopg.connect(self.admin, autocommit=True) as admin:
            try:
                end = time.monotonic() + CROWD_SECONDS
                while time.monotonic() < end:
                    admin.execute(cut_all.encode(), [cut])
                    with suppress(psycopg.OperationalError):
                        while True:
                            place = f"postgresql://{ROLE}@127.0.0.1:{self.port}/postgres"
                            taken.append(psycopg.connect(place, connect_timeout=5))
                yield len(taken)
            finally:
                for each in taken:
                    each.close()

    def kill(self) -> None:
        """kill -9 of all of it at once, as when the power goes."""
        assert self.process is not None
        for pid in self._pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(0.5)

    def log_bytes(self) -> Iterator[bytes]:
        """Files of the write-ahead log, and what the server said."""
        yield (self.folder / "said").read_bytes()
        for file in sorted((self.folder / "data" / "pg_wal").iterdir()):
            with suppress(FileNotFoundError):
                if file.is_file():
                    yield file.read_bytes()


@contextmanager
def own_cluster() -> Iterator[Cluster | None]:
    """A fresh server, gone afterwards; None where none can be made here."""
    place = programs()
    if place is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="faults-pg-"))
    somebody = _somebody()
    if somebody:
        os.chown(folder, somebody["user"], somebody["group"])
    words = ["-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    made = Cluster(place, folder, free_port())
    try:
        subprocess.run(
            [str(place / "initdb"), *words, "--locale", "C.UTF-8"],
            cwd=folder, stdout=subprocess.DEVNULL, check=True, **somebody,
        )  # fmt: skip
        made.start()
        with psycopg.connect(made.admin, autocommit=True) as admin:
            admin.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB".encode())
        yield made
    finally:
        if made.process is not None:
            made.kill()
        shutil.rmtree(folder, ignore_errors=True)
