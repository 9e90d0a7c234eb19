"""The budget of requests per second: one rule in every store, and what happens without it."""

from __future__ import annotations

import asyncio
import fcntl
import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone
from structlog.testing import capture_logs

from tests.journeys.instance import free_port, until
from tokens.policy import rate
from tokens.services.probing import budget
from tokens.services.probing.budget import Budget, Turner, turns_of
from tokens.services.probing.budget_stores import FileStore, RedisStore
from tokens.services.probing.claiming import CLAIM, Pace
from tokens.services.probing.configured import probe_settings

HOST = "budget.test"
Turn = Callable[[], Awaitable[None]]


class Clocked:
    """A store whose answers and failures the test chooses."""

    def __init__(self, sharers: int | None = None) -> None:
        self.sharers, self.broken, self.asked = sharers, False, 0
        self._given: float | None = None

    def take(self) -> tuple[rate.Turns, int | None]:
        self.asked += 1
        if self.broken:
            raise OSError("away")
        turns = rate.take(self._given, per_second=100, now=time.monotonic())
        self._given = turns.given_until
        return turns, self.sharers

    def close(self) -> None:
        pass


async def _moments(turn: Turn, count: int, at_once: int = 20) -> list[float]:
    """When each of so many requests might go out; that many wait for it at the same time."""
    moments: list[float] = []
    numbers = iter(range(count))

    async def work() -> None:
        for _ in numbers:
            await turn()
            moments.append(time.monotonic())

    await asyncio.gather(*(work() for _ in range(at_once)))
    return moments


def _rate(moments: list[float]) -> float:
    return (len(moments) - 1) / (moments[-1] - moments[0])


def test_requests_go_out_evenly_at_the_rate() -> None:
    moments = asyncio.run(_moments(Turner(100, Clocked()).turn, 150))
    # Turns of a tenth of a second are made up for at the beginning.
    assert 85 <= _rate(moments) <= 112
    for number in range(len(moments) - 50):
        assert moments[number + 50] - moments[number] >= 0.5 - rate.SAVED_SECONDS - 0.1


def test_without_its_store_a_process_keeps_to_its_share() -> None:
    async def run() -> None:
        store = Clocked(sharers=4)
        turn = Turner(100, store).turn
        await _moments(turn, 20)
        store.broken, asked = True, store.asked
        assert 20 < _rate(await _moments(turn, 60)) < 31
        assert store.asked == asked + 1, "each try may cost its time-out"

    with capture_logs() as logs:
        asyncio.run(run())
    assert [(each["event"], each["per_second"]) for each in logs] == [("rate.alone", 25.0)]


def test_it_goes_back_to_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "AGAIN_SECONDS", 0.2)

    async def run() -> None:
        store = Clocked()
        store.broken = True
        turn = Turner(100, store).turn
        assert _rate(await _moments(turn, 12)) < 20, "an eighth: it never knew how many share"
        store.broken = False
        await asyncio.sleep(0.2)
        assert _rate((await _moments(turn, 120))[20:]) > 80

    with capture_logs() as logs:
        asyncio.run(run())
    assert [each["event"] for each in logs] == ["rate.alone", "rate.shared_again"]


def test_whoever_is_cancelled_holds_nobody_up() -> None:
    async def run() -> None:
        turner = Turner(1, Clocked())
        turner._next, turner._left, turner._step = time.monotonic() + 60, 5, 0.0
        waits = asyncio.create_task(turner.turn())
        await asyncio.sleep(0.05)
        waits.cancel()
        turner._next = 0.0
        await asyncio.wait_for(turner.turn(), 1)

    asyncio.run(run())


def test_the_file_keeps_the_rule(tmp_path: Path) -> None:
    one, other = FileStore(tmp_path, HOST, 10), FileStore(tmp_path, HOST, 10)
    _is_the_rule([one, other], per_second=10, begin=1_000.0)
    (tmp_path / next(tmp_path.iterdir()).name).write_text("nonsense")
    assert one.take(now=5_000.0)[0].wait == 0


def test_a_file_that_stays_locked_is_told(tmp_path: Path) -> None:
    store = FileStore(tmp_path, HOST, 10)
    store.take()
    with next(tmp_path.iterdir()).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(BlockingIOError):
            store.take()
        assert time.monotonic() - began < 1


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        FileStore(tmp_path / "none", HOST, 10).take()


def _is_the_rule(stores: list[Any], *, per_second: float, begin: float) -> None:
    chance, now, given = random.Random(3), begin, None
    for _ in range(200):
        now += chance.choice((0.0, 0.01, 0.3, 2.0, -500.0 if chance.random() < 0.02 else 0.1))
        turns, _ = chance.choice(stores).take(now=now)
        expected = rate.take(given, per_second=per_second, now=now)
        given = expected.given_until
        assert turns.count == expected.count
        assert turns.wait == pytest.approx(expected.wait, abs=1e-4)
        assert turns.given_until == pytest.approx(given, abs=1e-4)


@pytest.fixture
def redis_url() -> Iterator[str]:
    yield settings.TEST_REDIS_URL
    with redis.Redis.from_url(settings.TEST_REDIS_URL) as client:
        client.delete(f"coolset:rate:{HOST}", f"coolset:rate:{HOST}:sharers")


@pytest.mark.redis
@pytest.mark.enable_socket
@pytest.mark.parametrize("per_second", [0.5, 10, 333])
def test_the_script_keeps_the_rule(redis_url: str, per_second: float) -> None:
    stores = [RedisStore(redis_url, HOST, per_second) for _ in range(2)]
    _is_the_rule(stores, per_second=per_second, begin=1_000_000.0)
    for store in stores:
        store.close()


@pytest.mark.redis
@pytest.mark.enable_socket
def test_redis_knows_how_many_share(redis_url: str) -> None:
    stores = [RedisStore(redis_url, HOST, 10) for _ in range(3)]
    assert [store.take()[1] for store in stores] == [1, 2, 3]
    assert stores[0].take()[1] == 3
    for store in stores:
        store.close()


@pytest.mark.redis
@pytest.mark.enable_socket
def test_a_redis_that_freezes_slows_down_and_stops_nothing(tmp_path: Path) -> None:
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with redis.Redis.from_url(url) as client:
            until(lambda: _answers(client), "Redis answers")
        asyncio.run(_frozen(Budget(100, HOST, url, tmp_path), server))
    finally:
        server.send_signal(signal.SIGCONT)
        server.kill()
        server.wait()


async def _frozen(given: Budget, server: subprocess.Popen[bytes]) -> None:
    with turns_of(given) as turn:
        assert turn is not None
        assert _rate((await _moments(turn, 60))[20:]) > 80
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        await _moments(turn, 30)
        assert time.monotonic() - began < 3, "one time-out, then at its own share"


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.mark.parametrize("timeout", [1, 10, 60])
@pytest.mark.parametrize("per_second", [0.5, 4, 40, 1_000])
def test_claims_hold_until_the_turns_of_eight_processes_have_come(
    per_second: float, timeout: float
) -> None:
    pace = Pace(50, timeout, per_second)
    waits = 2 * (pace.batch + pace.ahead) * rate.SHARERS / per_second
    assert pace.lease(pace.batch) == CLAIM
    assert waits <= CLAIM.total_seconds() or pace.batch == 1


def test_without_a_budget_claims_are_as_large_as_ever() -> None:
    assert (Pace(50, 10).batch, Pace(50, 10).ahead) == (500, 400)
    assert (Pace(50, 10, 9_000).batch, Pace(50, 10, 9_000).ahead) == (500, 400)
    assert (Pace(50, 10, 40).batch, Pace(50, 10, 40).ahead) == (300, 300)


def test_the_settings_make_a_budget_or_none(settings: Any, tmp_path: Path) -> None:
    assert probe_settings(timezone.now).budget is None
    assert probe_settings(timezone.now).pace.per_second == 0
    settings.COOLSET_RATE, settings.DATA_DIR = 12.5, tmp_path
    how = probe_settings(timezone.now)
    assert how.budget == Budget(12.5, "127.0.0.1", settings.REDIS_URL, tmp_path)
    assert how.pace.per_second == 12.5
    with turns_of(None) as turn:
        assert turn is None
