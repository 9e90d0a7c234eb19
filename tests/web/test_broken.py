"""A page that broke: 503 where the database is away, 500 for everything else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, InternalError, OperationalError
from django.test import RequestFactory

from coolset_admin import urls
from tokens.api.errors import Handler, Unavailable
from tokens.web.broken import RETRY_SECONDS, broken


def _busy(path: Path) -> sqlite3.Error:
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as two:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            two.execute("BEGIN IMMEDIATE")
        return caught.value


def _answer(error: Exception, cause: Exception | None = None) -> tuple[int, str | None]:
    try:
        raise error from cause
    except type(error):
        response = broken(RequestFactory().get("/"))
    assert b"Something broke on our side" in response.content
    return response.status_code, response.get("Retry-After")


AWAY = (503, str(RETRY_SECONDS))
HERE = (500, None)


def test_a_database_that_is_away_is_503(tmp_path: Path) -> None:
    errors = psycopg.errors
    assert _answer(InterfaceError("connection is closed")) == AWAY
    assert _answer(OperationalError(), errors.AdminShutdown()) == AWAY
    assert _answer(OperationalError(), errors.TooManyConnections()) == AWAY
    assert _answer(OperationalError(), psycopg.OperationalError("connection failed")) == AWAY
    assert _answer(InternalError(), errors.ReadOnlySqlTransaction()) == AWAY
    assert _answer(OperationalError(), _busy(tmp_path / "db")) == AWAY


def test_what_is_our_own_fault_stays_500() -> None:
    with closing(sqlite3.connect(":memory:")) as file, pytest.raises(sqlite3.Error) as caught:
        file.execute("SELECT 1 FROM nothing")
    assert _answer(OperationalError(), caught.value) == HERE
    assert _answer(InternalError(), psycopg.errors.InFailedSqlTransaction()) == HERE
    assert _answer(ValueError("ours")) == HERE


def test_django_asks_it() -> None:
    assert urls.handler500 == "tokens.web.broken.broken"


def test_the_api_says_so_too() -> None:
    context: Any = {}
    converted = Handler(OperationalError(), context).convert_known_exceptions
    error = OperationalError()
    error.__cause__ = psycopg.errors.AdminShutdown()
    assert isinstance(converted(error), Unavailable)
    assert not isinstance(converted(OperationalError()), Unavailable)
