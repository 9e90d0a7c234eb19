"""Where the state of a shared budget is: one number, changed in one step."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
import uuid
from pathlib import Path
from typing import Any

from tokens import redis_address
from tokens.policy import rate

#: Longest that Redis, or the lock of the file, is waited for, and how often that is tried.
SECONDS = 0.5
LOCKED_SECONDS = 0.002
#: Who took no turn for so long does not share any more.
SHARES_SECONDS = 30

#: policy.rate.take by the clock of Redis, which all machines agree on.
_SCRIPT = """
local per, count, saved, farthest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), \
tonumber(ARGV[4])
local now = tonumber(ARGV[7])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local begins = now - saved
local given = tonumber(redis.call('GET', KEYS[1]) or '')
if given and given <= now + farthest then begins = math.max(begins, given) end
redis.call('SET', KEYS[1], string.format('%.6f', begins + count / per), 'EX', \
math.ceil(farthest) + 60)
redis.call('ZADD', KEYS[2], now, ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[6]))
redis.call('EXPIRE', KEYS[2], tonumber(ARGV[6]))
return {string.format('%.6f', math.max(0, begins - now)), \
string.format('%.6f', begins + count / per), redis.call('ZCARD', KEYS[2])}
"""


class RedisStore:
    """For all processes that share a Redis. The names of its keys begin with `coolset:rate:`."""

    def __init__(self, url: str, host: str, per_second: float) -> None:
        # Imported here: it takes longer than Django itself, and a local instance has no Redis.
        from redis import RedisError
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._trouble = RedisError
        self._client = redis_address.connect(url, seconds=SECONDS)
        self._client.set_retry(Retry(NoBackoff(), 0))
        self._script: Any = self._client.register_script(_SCRIPT)
        self._keys = [f"coolset:rate:{host}", f"coolset:rate:{host}:sharers"]
        self._per_second = per_second
        self._me = uuid.uuid4().hex

    def take(self, now: float | None = None) -> tuple[rate.Turns, int | None]:
        """`now` stands in for the clock of Redis. Raises OSError where Redis does not answer."""
        count = rate.chunk(self._per_second)
        # Somebody who asks seldom still shares while it waits for its turn.
        shares = SHARES_SECONDS + int(rate.farthest(self._per_second))
        given = [self._per_second, count, rate.SAVED_SECONDS, rate.farthest(self._per_second)]
        try:
            wait, until, sharers = self._script(
                keys=self._keys, args=[*given, self._me, shares, "" if now is None else now]
            )
        except self._trouble as error:
            raise OSError(type(error).__name__) from None
        return rate.Turns(count, float(wait), float(until)), int(sharers)

    def close(self) -> None:
        self._client.close()


class FileStore:
    """For the processes of one machine: a file that is locked while it is read and written."""

    def __init__(self, folder: Path, host: str, per_second: float) -> None:
        name = hashlib.sha256(host.encode()).hexdigest()[:16]
        self._path = folder / f"rate-{name}"
        self._per_second = per_second

    def take(self, now: float | None = None) -> tuple[rate.Turns, int | None]:
        """`now`: seconds since 1970. Raises OSError where the file cannot be used."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(file)
            now = time.time() if now is None else now
            turns = rate.take(_read(file), per_second=self._per_second, now=now)
            os.ftruncate(file, 0)
            os.pwrite(file, f"{turns.given_until:.6f}".encode(), 0)
        finally:
            os.close(file)
        return turns, None

    def close(self) -> None:
        """Nothing is kept open between takes."""


def _lock(file: int) -> None:
    """Raises OSError where somebody holds it all the time, such as a process that was stopped."""
    until = time.monotonic() + SECONDS
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(LOCKED_SECONDS)


def _read(file: int) -> float | None:
    try:
        return float(os.pread(file, 64, 0))
    except ValueError:  # new, or not written to its end
        return None
