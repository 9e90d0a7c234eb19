"""A Redis of our own with a replica and three sentinels, any of which may be killed or frozen."""

from __future__ import annotations

import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.journeys.instance import free_port, until

MASTER, SENTINELS, QUORUM = "coolset", 3, 2
#: How long a server is silent before sentinels hold it for dead.
DOWN_MS = 1500


@dataclass
class Group:
    """`url` is what REDIS_URL says; `master()` the port of the server that they name now."""

    password: str = field(repr=False)
    sentinel_password: str = field(repr=False)
    servers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    sentinels: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        words = f"master={MASTER}&sentinel_password={self.sentinel_password}"
        return f"sentinel://:{self.password}@{hosts}/3?{words}"

    def master(self) -> int:
        """Raises redis.RedisError while no sentinel answers."""
        for port, sentinel in self.sentinels.items():
            if sentinel.poll() is None:
                with self._client(port, self.sentinel_password) as client:
                    return int(client.sentinel_get_master_addr_by_name(MASTER)[1])
        raise redis.ConnectionError("all sentinels are dead")

    def other_than(self, port: int) -> bool:
        """Whether another server than this one is the master, and takes writes."""
        if (now := self.master()) == port:
            return False
        with self._client(now, self.password) as client:
            return str(client.info("replication")["role"]) == "master"

    def has_replica(self) -> bool:
        """Whether the replica has what the master has, and each sentinel knows all others."""
        for port in self.sentinels:
            with self._client(port, self.sentinel_password) as client:
                seen = client.sentinel_master(MASTER)
                if seen["num-slaves"] < 1 or seen["num-other-sentinels"] < SENTINELS - 1:
                    return False
        with self._client(self.master(), self.password) as client:
            found = client.info("replication")
            return bool(found["connected_slaves"] == 1 and found["slave0"]["state"] == "online")

    def _client(self, port: int, password: str) -> redis.Redis:
        return redis.Redis(
            port=port, password=password, socket_timeout=3, decode_responses=True, protocol=2
        )


@contextmanager
def group(folder: Path) -> Iterator[Group]:
    """All of them up, and the replica in step."""
    made = Group(secrets.token_hex(8), secrets.token_hex(8))
    with ExitStack() as stack:
        first, second = free_port(), free_port()
        for port in (first, second):
            lines = [f"port {port}", 'save ""', f"requirepass {made.password}"]
            lines += [f"masterauth {made.password}", "repl-diskless-sync-delay 0"]
            lines += [f"replicaof 127.0.0.1 {first}"] if port == second else []
            made.servers[port] = stack.enter_context(_process(folder, port, lines))
        for _ in range(SENTINELS):
            port = free_port()
            lines = [
                f"port {port}",
                f"requirepass {made.sentinel_password}",
                f"sentinel sentinel-pass {made.sentinel_password}",
                f"sentinel monitor {MASTER} 127.0.0.1 {first} {QUORUM}",
                f"sentinel auth-pass {MASTER} {made.password}",
                f"sentinel down-after-milliseconds {MASTER} {DOWN_MS}",
                f"sentinel failover-timeout {MASTER} 5000",
            ]
            made.sentinels[port] = stack.enter_context(_process(folder, port, lines, "--sentinel"))
        until(lambda: _quietly(made.has_replica), "the replica is in step", 60)
        yield made


def _quietly(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except (redis.RedisError, KeyError):
        return False  # not there yet


@contextmanager
def _process(
    folder: Path, port: int, lines: list[str], *words: str
) -> Iterator[subprocess.Popen[bytes]]:
    home = folder / f"redis-{port}"
    home.mkdir()
    file = home / "conf"
    file.write_text("\n".join(["bind 127.0.0.1", f"dir {home}", *lines]) + "\n")
    process = subprocess.Popen(
        ["redis-server", str(file), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
