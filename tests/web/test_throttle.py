"""Tries are counted exactly, and a cache that is away locks nobody out."""

import threading
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client

from tests.factories import token_value
from tokens.models import Account
from tokens.web.throttle import Throttle


def test_tries_that_come_at_once_are_no_more_than_the_limit() -> None:
    throttle, taken = Throttle("test", limit=7, seconds=60), []
    threads = [
        threading.Thread(target=lambda: taken.append(throttle.take("somebody  è")))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.count(True) == 7
    assert throttle.take("somebody else")
    throttle.give_back("somebody  è")
    assert throttle.take("somebody  è")


def test_without_its_cache_people_sign_in_and_nobody_asks_around(
    as_administrator: Client,
    administrator: Account,
    password: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise DatabaseError("away")

    for name in ("add", "delete_many"):
        monkeypatch.setattr(type(cache._connections["default"]), name, away)  # type: ignore[attr-defined]
    given = {"username": administrator.email, "password": password}
    assert Client().post("/accounts/login/", given).status_code == 302
    assert as_administrator.post("/identify/", {"token": token_value()}).status_code == 429
