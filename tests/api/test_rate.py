"""Calls are counted per key or account, all at once or one by one, and what is left is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.api.conftest import new_key, signed_in, with_key
from tokens.api import rate
from tokens.models import Token
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db
URL, LIMIT = "/api/v1/tokens/", 3
AT = datetime(2026, 11, 24, 9, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _limited(settings: Settings) -> None:
    settings.API_RATE_LIMIT = LIMIT


def _left(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer["RateLimit-Remaining"], answer["RateLimit-Reset"]


def test_what_is_left_is_told_and_beyond_it_is_429(admin: APIClient) -> None:
    with time_machine.travel(AT, tick=False):
        answers = [admin.get(URL) for _ in range(LIMIT + 1)]
    assert [_left(answer) for answer in answers] == [
        (200, "2", "40"), (200, "1", "40"), (200, "0", "40"), (429, "0", "40"),
    ]  # fmt: skip
    assert answers[0]["RateLimit-Limit"] == "3"
    assert answers[0]["RateLimit-Policy"] == "3;w=60"
    assert "Retry-After" not in answers[0]
    assert answers[-1]["Retry-After"] == "40"
    assert "Too many calls" in answers[-1].json()["detail"]


def test_the_next_minute_begins_anew(admin: APIClient) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        codes = [admin.get(URL).status_code for _ in range(LIMIT + 1)]
        clock.move_to(AT + timedelta(seconds=40))
        codes.append(admin.get(URL).status_code)
    assert codes == [200] * LIMIT + [429, 200]


def test_everybody_has_a_minute_of_their_own(admin: APIClient, token: Token) -> None:
    one, other = with_key(new_key(token.integration)), with_key(new_key(token.integration))
    with time_machine.travel(AT, tick=False):
        for caller in (one, admin):
            for _ in range(LIMIT):
                assert caller.get(URL).status_code != 429
            assert caller.get(URL).status_code == 429
        for fresh in (other, signed_in(Role.AUDITOR)):
            assert fresh.get(URL)["RateLimit-Remaining"] == "2"


def test_a_forwarded_address_makes_no_new_caller(anonymous: APIClient) -> None:
    with time_machine.travel(AT, tick=False):
        codes = [
            anonymous.get(URL, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code
            for n in range(LIMIT + 1)
        ]
    assert codes == [401] * LIMIT + [429]


def test_refused_calls_and_the_schema_count(auditor: APIClient) -> None:
    with time_machine.travel(AT, tick=False):
        assert auditor.post(URL, {}).status_code == 403
        assert auditor.get("/api/schema/")["RateLimit-Remaining"] == "1"


def test_without_a_limit_nothing_is_said(admin: APIClient, settings: Settings) -> None:
    settings.API_RATE_LIMIT = 0
    assert not [name for name in admin.get(URL).headers if name.startswith("RateLimit")]


def test_a_cache_that_is_away_lets_calls_through(admin: APIClient) -> None:
    with mock.patch.object(cache, "incr", side_effect=OSError("no cache")):
        assert [admin.get(URL).status_code for _ in range(LIMIT + 1)] == [200] * (LIMIT + 1)


def test_a_count_that_was_thrown_out_begins_anew() -> None:
    with mock.patch.object(cache, "incr", side_effect=ValueError):
        assert rate._count("x") == 1
    assert cache.get("x") == 1


@pytest.mark.redis
@pytest.mark.enable_socket
def test_calls_that_come_at_once_are_each_counted_once(settings: Settings) -> None:
    from coolset_admin.settings.jobs import cache as described

    settings.REDIS_URL = settings.TEST_REDIS_URL
    settings.CACHES = described(settings.TEST_REDIS_URL)
    cache.delete("together")
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda _: rate._count("together"), range(200)))
    assert sorted(counted) == list(range(1, 201))


@pytest.mark.django_db(transaction=True)
def test_the_cache_in_a_table_counts_each_once_too(settings: Settings) -> None:
    from django.core.management import call_command

    from coolset_admin.settings.jobs import cache as described

    settings.CACHES = described("")
    call_command("createcachetable", verbosity=0)

    def count(_: int) -> int:
        try:
            return rate._count("together")
        finally:
            connection.close()

    workers = 1 if connection.vendor == "postgresql" else 6
    with ThreadPoolExecutor(workers) as pool:
        counted = list(pool.map(count, range(40)))
    assert sorted(counted) == list(range(1, 41))
