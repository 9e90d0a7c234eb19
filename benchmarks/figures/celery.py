"""The sweep against what most would write: one Celery task per token, with requests and a save."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator

import redis

from benchmarks.bench import Bench
from benchmarks.places import REDIS
from benchmarks.processes import running, stand_in
from benchmarks.table import Line, at_least, not_taken

LATENCY, CONCURRENCY = 0.05, 100
GOAL = at_least(12)
WHAT = "sweep against a Celery task per token, 50 ms"


def run(bench: Bench) -> Iterator[Line]:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.RedisError:
        yield not_taken(WHAT, f"no Redis at {REDIS}", GOAL)
        return
    instance = bench.instance("postgres", "sweep")
    with stand_in(LATENCY) as (url, _):
        env = {"COOLSET_API_URL": url, "COOLSET_CONCURRENCY": str(CONCURRENCY)}
        done = bench.step("sweep", instance, **env)
        ours = done["checked"] / done["seconds"]
        queue = f"bench-{secrets.token_hex(4)}"
        celery = instance.place.environment(**env, BENCH_QUEUE=queue, BENCH_BROKER=REDIS)
        theirs = _celery(celery, bench.scale.celery_tasks)
    yield Line(WHAT, f"{ours:,.0f}/s", f"prefork 8, Redis {theirs:,.0f}/s", ours / theirs, GOAL)


def _celery(environment: dict[str, str], tasks: int) -> float:
    worker = [sys.executable, "-m", "celery", "-A", "benchmarks.peers.celery_app", "-q", "worker"]
    worker += ["-c", "8", "-l", "ERROR", "-Q", environment["BENCH_QUEUE"]]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(worker, dict(os.environ) | environment, **quiet):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.peers.celery_run", str(tasks)],
            env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300,
        )  # fmt: skip
    return float(done.stdout.splitlines()[-1])
