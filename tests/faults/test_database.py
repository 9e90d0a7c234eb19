"""A database that is read-only, full of others, frozen, killed or locked: nothing half done."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.faults import invariants, processes
from tests.faults.campaign import LONG, Campaign
from tests.faults.cluster import Cluster
from tests.faults.database import writes_held
from tests.journeys import dumps
from tests.journeys.instance import until

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 600
SECONDS = 30 if LONG else 10
#: bar.md's minute is more than the 20 s for which a writer waits; so is this.
LOCKED_SECONDS = 60 if LONG else 25
#: Web waits four seconds for a connection; the rest is for a machine that does other things, too.
ANSWER_SECONDS = 9.0
#: For a process that could not write down its last answers to give up.
SETTLES = 5
_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = %s AND pid <> pg_backend_pid()"
)


@pytest.mark.service
def test_read_only_in_the_middle_of_a_sweep(campaign: Campaign) -> None:
    c = campaign
    main = _in_the_middle_of_a_sweep(c)
    with _read_only(c):
        entries = c.count("SELECT count(*) FROM tokens_auditevent")
        until_later = time.monotonic() + SECONDS
        while time.monotonic() < until_later:
            c.publish("sweep")
            _page_says_so_or_works(c)
            time.sleep(2)
        assert c.count("SELECT count(*) FROM tokens_auditevent") == entries
    _goes_on(c, main)


@pytest.mark.service
def test_no_connection_to_spare(campaign: Campaign, own_postgresql: Cluster) -> None:
    """Somebody else holds every connection, and ours are cut."""
    c = campaign
    main = _in_the_middle_of_a_sweep(c)
    with own_postgresql.crowded(cut=_name(c)) as taken:
        c.inject(f"{taken} connections of somebody else, none left")
        _pages_answer(c)
    _goes_on(c, main)


@pytest.mark.service
def test_killed_and_started_again(campaign: Campaign, own_postgresql: Cluster) -> None:
    c = campaign
    main = _in_the_middle_of_a_sweep(c)
    own_postgresql.kill()
    c.inject("SIGKILL of every process of PostgreSQL")
    _pages_answer(c, times=2)
    own_postgresql.start()
    _goes_on(c, main)


@pytest.mark.service
def test_frozen(campaign: Campaign, own_postgresql: Cluster) -> None:
    """Nobody gets an answer, and nobody is hung up on; what lives goes on afterwards."""
    c = campaign
    main = _in_the_middle_of_a_sweep(c)
    with own_postgresql.frozen():
        c.inject(f"SIGSTOP of every process of PostgreSQL for {SECONDS} s")
        time.sleep(SECONDS)
        assert _answer(c, "/healthz/") == 200
    until(lambda: _answer(c, "/accounts/login/") == 200, "pages come again")
    _goes_on(c, main)


@pytest.mark.embedded
def test_sqlite_locked(campaign: Campaign) -> None:
    """Longer than any writer waits: pages can still be read, and what could not be written is
    not lost."""
    c = campaign
    main = _in_the_middle_of_a_sweep(c)
    with writes_held(c.instance):
        _held_for_long(c, f"the write lock of SQLite held for {LOCKED_SECONDS} s")
    _goes_on(c, main)


@pytest.mark.service
def test_postgresql_locked(campaign: Campaign) -> None:
    """Somebody's transaction stays open on what each sweep writes: pages can still be read, and
    what could not be written is not lost."""
    c = campaign
    main = _in_the_middle_of_a_sweep(c)
    with writes_held(c.instance, "tokens_secret"):
        _held_for_long(c, f"the tokens' table locked for {LOCKED_SECONDS} s")
    _goes_on(c, main)


def _held_for_long(c: Campaign, what: str) -> None:
    c.inject(what)
    until_later = time.monotonic() + LOCKED_SECONDS
    while time.monotonic() < until_later:
        c.publish("sweep")
        _page_says_so_or_works(c)
        time.sleep(2)
    c.checked.append("pages answer")


def _in_the_middle_of_a_sweep(c: Campaign) -> int:
    """The pid of the worker, which has asked about some of the tokens."""
    c.import_tokens(TOKENS)
    c.coolset.world.default_latency = 0.2
    until(lambda: processes.children(c.instance), "the worker runs")
    main = processes.worker(c.instance)
    assert main is not None
    c.publish("sweep")
    until(lambda: c.coolset.calls() > 50, "the sweep began")
    return main.pid


def _goes_on(c: Campaign, main: int) -> None:
    """The same worker does what is left, as if the claims of what was lost had run out."""
    time.sleep(SETTLES)
    c.lapse_claims()
    c.sweep(300)
    after = processes.worker(c.instance)
    assert after is not None
    assert after.pid == main, "the worker was started again"
    invariants.one_result_each(c)
    invariants.health_is(c, valid=TOKENS)
    invariants.after_every_fault(c)


def _name(c: Campaign) -> str:
    return urlsplit(c.instance.environment["DATABASE_URL"]).path.strip("/")


def _pages_answer(c: Campaign, times: int = 5) -> None:
    for _ in range(times):
        c.publish("sweep")
        _page_says_so_or_works(c)
        assert _answer(c, "/healthz/") == 200
        time.sleep(SECONDS / times)
    c.checked.append("pages answer, or say 503")


def _answer(c: Campaign, path: str) -> int:
    try:
        with urllib.request.urlopen(c.instance.url + path, timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def _page_says_so_or_works(c: Campaign) -> None:
    """A page is an answer in time: itself, or 503."""
    began = time.monotonic()
    status = _answer(c, "/accounts/login/")
    assert status in {200, 503}, status
    assert time.monotonic() - began < ANSWER_SECONDS


@contextmanager
def _read_only(c: Campaign) -> Iterator[None]:
    """New connections may only read, and the old ones are cut."""
    name = _name(c)
    set_to = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
    server = c.cluster.admin if c.cluster else dumps.given_database()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(set_to.format(sql.Identifier(name), sql.Literal("on")))
        admin.execute(_CUT, [name])
        c.inject("connections cut and the database read-only")
        try:
            yield
        finally:
            admin.execute(set_to.format(sql.Identifier(name), sql.Literal("off")))
            admin.execute(_CUT, [name])
            c.inject("connections cut and the database writable again")
