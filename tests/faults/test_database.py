"""PostgreSQL is read-only for a while, and every connection to it is cut: nothing half done."""

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
from tests.journeys import dumps
from tests.journeys.instance import until

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket, pytest.mark.service]
TOKENS = 10_000 if LONG else 600
SECONDS = 30 if LONG else 10
_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = %s AND pid <> pg_backend_pid()"
)


def test_read_only_in_the_middle_of_a_sweep(campaign: Campaign) -> None:
    c = campaign
    c.import_tokens(TOKENS)
    c.coolset.world.default_latency = 0.2
    main = processes.worker(c.instance)
    c.publish("sweep")
    until(lambda: c.coolset.calls() > 50, "the sweep began")
    with _read_only(c):
        entries = c.count("SELECT count(*) FROM tokens_auditevent")
        until_later = time.monotonic() + SECONDS
        while time.monotonic() < until_later:
            c.publish("sweep")
            _page_says_so_or_works(c)
            time.sleep(2)
        assert c.count("SELECT count(*) FROM tokens_auditevent") == entries
    c.lapse_claims()
    c.sweep(120)
    after = processes.worker(c.instance)
    assert main is not None
    assert after is not None
    assert after.pid == main.pid, "the worker was started again"
    invariants.one_result_each(c)
    invariants.health_is(c, valid=TOKENS)
    invariants.after_every_fault(c)


def _page_says_so_or_works(c: Campaign) -> None:
    """A page is an answer within five seconds: itself, or 503."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(c.instance.url + "/accounts/login/", timeout=30) as answer:  # noqa: S310
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
        error.close()
    assert status in {200, 503}, status
    assert time.monotonic() - began < 5


@contextmanager
def _read_only(c: Campaign) -> Iterator[None]:
    """New connections may only read, and the old ones are cut."""
    name = urlsplit(c.instance.environment["DATABASE_URL"]).path.strip("/")
    set_to = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
    with psycopg.connect(dumps.given_database(), autocommit=True) as admin:
        admin.execute(set_to.format(sql.Identifier(name), sql.Literal("on")))
        admin.execute(_CUT, [name])
        c.inject("connections cut and the database read-only")
        try:
            yield
        finally:
            admin.execute(set_to.format(sql.Identifier(name), sql.Literal("off")))
            admin.execute(_CUT, [name])
            c.inject("connections cut and the database writable again")
