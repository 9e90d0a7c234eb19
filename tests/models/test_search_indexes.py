"""Trigram indexes come and go without anybody's search noticing but by its time."""

import pytest
from django.db import connection

from tests.selectors import build
from tokens.models import Token
from tokens.models.search_indexes import INDEXES, install, install_after_migrate

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'tokens_token'")
        return {name for (name,) in cursor.fetchall()} & set(INDEXES)


def plan(**lookup: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return Token.objects.filter(**lookup).explain()


def test_a_migrated_database_has_them_and_they_serve_both_lookups() -> None:
    assert names() == set(INDEXES)
    assert "token_label_words" in plan(label__icontains="abcd")
    assert "token_hint_words" in plan(hint__iendswith="8f2c")


def test_what_is_missing_is_made_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX token_label_words")
    install_after_migrate()
    assert names() == set(INDEXES)


def test_where_it_cannot_be_had_a_search_finds_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")
        cursor.execute("CREATE ROLE reader_of_tests")
        cursor.execute("SET LOCAL ROLE reader_of_tests")
        assert install(connection) is False
        cursor.execute("RESET ROLE")
    assert names() == set()
    token = build.token(label="Sync of orders")
    assert Token.objects.get(label__icontains="OF ORD") == token
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no index is made while some wait
    assert install(connection) is True
    assert names() == set(INDEXES)
