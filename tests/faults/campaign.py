"""An instance of its own with its Coolset, its mail server and its tokens: what a fault needs.

FAULT_SCALE=short (the default: hundreds of tokens, a fault within a minute) or long (bar.md's
figures). FAULT_SEED chooses what is left to chance; it is printed, and the same seed injects the
same faults into the same tokens. FAULT_SEEDS: with so many of them, one after the other, those
faults are repeated in which chance has a say.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery

from coolset_admin.settings import jobs
from tests.faults.cluster import Cluster
from tests.faults.database import change, rows
from tests.faults.holding import HoldingSink, serving
from tests.journeys import dumps
from tests.journeys.cast import HEADER
from tests.journeys.instance import Instance, describe, until, up
from tests.stand_in import StandIn

LONG = os.environ.get("FAULT_SCALE", "short") == "long"
#: Of a fault that chance has a say in (marked `chance`): one after the other.
SEEDS = [
    int(os.environ.get("FAULT_SEED", "1")) + number
    for number in range(int(os.environ.get("FAULT_SEEDS", "3" if LONG else "1")))
]
ADMINISTRATOR = "boss@acme.example"
COMPANIES = 20
#: A moment more than COOLSET_CONFIRM_SECONDS of the instance: a second refusal counts.
CONFIRM_SECONDS = 2.5
#: In the middle of every value of this run, so that one search finds any of them, or a part.
MARK = os.urandom(8).hex()
#: Made by a command of the product's own service, so that somebody is told of alerts.
_ADD = (
    "from django.utils import timezone; from tokens.audit import system; "
    "from tokens.policy.vocabulary import Role; from tokens.services.accounts import add_account; "
    f"add_account(email='{ADMINISTRATOR}', role=Role.ADMINISTRATOR, actor=system('faults'), "
    "now=timezone.now())"
)


@dataclass(frozen=True)
class Seeded:
    """One imported token: `age` in days, so that the oracle knows what is due."""

    label: str
    value: str = field(repr=False)
    age: int
    owner: str


def _value(chance: random.Random) -> str:
    return "sk_" + "live_" + chance.randbytes(2).hex() + MARK + chance.randbytes(4).hex()


@dataclass
class Campaign:
    """One fault: where it is injected, and what it says at the end."""

    instance: Instance
    coolset: StandIn
    sink: HoldingSink
    cluster: Cluster | None = None
    seed: int = SEEDS[0]
    chance: random.Random = field(default_factory=lambda: random.Random(SEEDS[0]))
    tokens: list[Seeded] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    checked: list[str] = field(default_factory=list)

    def inject(self, what: str) -> None:
        """Note that a fault is injected now."""
        self.injected[what] += 1

    def begin_with(self, seed: int) -> None:
        """Let chance choose as it does after this number."""
        self.seed, self.chance = seed, random.Random(seed)

    def facts(self) -> dict[str, Any]:
        """What it says at the end, of types that one process can hand to another."""
        return {
            "seed": self.seed,
            "tokens": len(self.tokens),
            "injected": dict(self.injected),
            "held": list(self.checked),
        }

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return rows(self.instance, query, *values)

    def count(self, query: str, *values: object) -> int:
        return int(self.rows(query, *values)[0][0])

    def change(self, statement: str, *values: object) -> int:
        return change(self.instance, statement, *values)

    def add_administrator(self) -> None:
        code, _, said = self.instance.ask("shell", "-c", _ADD)
        assert code == 0, said

    def import_tokens(
        self,
        number: int,
        *,
        ages: tuple[int, ...] = (20,),
        owners: int = 4,
        today: date | None = None,
    ) -> list[Seeded]:
        """Import tokens over 20 companies by the command, and teach them to the stand-in."""
        first, lines, added = len(self.tokens), [HEADER], []
        today = today or datetime.now(UTC).date()
        for n in range(first, first + number):
            value = _value(self.chance)
            one = Seeded(f"f{n}", value, ages[n % len(ages)], f"owner{n % owners}@acme.example")
            company, issued = n % COMPANIES, (today - timedelta(days=one.age)).isoformat()
            self.coolset.seed(value, "valid", config={"workspace_id": 500 + company})
            lines.append(
                f"Company {company},{500 + company},Integration {n},production,read,{one.owner},,"
                f"{issued},{value},{one.label},yes,"
            )
            added.append(one)
        file = self.instance.folder.parent / "import.csv"
        file.write_text("\n".join(lines))
        assert self.instance.run("import_tokens", str(file))["created"] == number
        file.unlink()
        self.tokens += added
        return added

    def publish(self, task: str, times: int = 1) -> None:
        """What beat does: put a message of this task into the broker."""
        address, options = jobs.broker(
            self.instance.environment.get("REDIS_URL", ""), self.instance.folder
        )
        with Celery("campaign", broker=address, set_as_current=False) as beat:
            beat.conf.broker_transport_options = options
            for _ in range(times):
                beat.send_task(f"tokens.{task}", ignore_result=True)

    def lapse_claims(self) -> None:
        """As if the minutes that a dead process's claims hold had passed."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        held = "claim IS NOT NULL"
        change(self.instance, f"UPDATE tokens_secret SET claimed_until = %s WHERE {held}", past)  # noqa: S608
        change(
            self.instance,
            f"UPDATE tokens_mail SET claimed_until = %s, next_attempt_at = NULL WHERE {held}",  # noqa: S608
            past,
        )

    def waits_for_confirmation(self) -> bool:
        """Whether a 401 that came now would be too near to the first one."""
        since = datetime.now(UTC) - timedelta(seconds=CONFIRM_SECONDS)
        first = "SELECT count(*) FROM tokens_revocation WHERE first_refused_at > %s"
        return self.count(first, since) > 0

    def make_due(self) -> None:
        """As if the hour until the next check had passed, for all."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        change(
            self.instance,
            "UPDATE tokens_secret SET next_check_at = %s, throttled_until = NULL "
            "WHERE next_check_at IS NOT NULL AND claim IS NULL",
            past,
        )

    def left_to_check(self) -> int:
        """Tokens whose check is due now or in somebody's hands."""
        now = datetime.now(UTC)
        return self.count(
            "SELECT count(*) FROM tokens_secret WHERE next_check_at <= %s OR claim IS NOT NULL", now
        )

    def sweep(self, seconds: float = 60) -> None:
        """Have the worker check everything that is due, to the end."""
        self.publish("sweep")
        until(lambda: self.left_to_check() == 0, "the sweep ends", seconds)


def lay_out(instance: Instance) -> None:
    """An empty database, brought up to date."""
    for words in (("migrate", "--no-input", "-v", "0"), ("createcachetable",)):
        code, _, said = instance.ask(*words)
        assert code == 0, said


@contextmanager
def _database(folder: Path, cluster: Cluster | None, model: Instance | None) -> Iterator[str]:
    """A database that is like that of `model`: its address, empty for SQLite in that folder."""
    if cluster is not None:
        name = model.environment["DATABASE_URL"].rsplit("/", 1)[1] if model else ""
        with cluster.database(like=name) as url:
            yield url
    elif os.environ.get("TEST_DATABASE_URL", "").startswith("postgres"):
        with dumps.fresh_database(dumps.given_database()) as url:
            yield url
    else:
        if model is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
            shutil.copy(model.folder / "db.sqlite3", folder)
        yield ""


@contextmanager
def described(
    tmp_path: Path, cluster: Cluster | None, model: Instance | None = None, **more: str
) -> Iterator[Campaign]:
    """An instance that is not started; on PostgreSQL and Redis where the suite has them. `model`:
    one whose empty database saves laying out another."""
    with ExitStack() as stack:
        coolset = stack.enter_context(StandIn())
        sink = stack.enter_context(serving())
        places = {
            "COOLSET_API_URL": coolset.url,
            # Generous: a machine that does other things, too, must not look like a slow vendor.
            "COOLSET_TIMEOUT": "30",
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        }
        if url := stack.enter_context(_database(tmp_path / "var", cluster, model)):
            places["DATABASE_URL"] = url
        if os.environ.get("TEST_REDIS_URL") and "REDIS_URL" not in more:
            places["REDIS_URL"] = stack.enter_context(dumps.free_redis(dumps.given_redis()))
        instance = describe(tmp_path / "var", **(places | more))
        if model is None:
            lay_out(instance)
        yield Campaign(instance, coolset, sink, cluster)


@contextmanager
def running(campaign: Campaign) -> Iterator[Campaign]:
    """The same with `manage.py up`."""
    with up(campaign.instance):
        yield campaign
