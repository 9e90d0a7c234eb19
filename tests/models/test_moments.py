"""Moments read fast are those that Django's own loader reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from hypothesis import given
from hypothesis import strategies as st
from psycopg import DataError
from psycopg.postgres import types
from psycopg.pq import Format

from tests.factories import NOW, make_token
from tokens.models import Secret
from tokens.models.moments import MomentLoader

OID = types["timestamptz"].oid
DJANGOS = get_adapters_template(True, UTC).get_loader(OID, Format.TEXT)


def as_sent(moment: datetime) -> bytes:
    """As PostgreSQL writes it for a session in UTC: digits of a second that are 0 left out."""
    whole, _, fraction = f"{moment:%H:%M:%S.%f}".partition(".")
    digits = fraction.rstrip("0")
    return f"{moment.date()} {whole}{'.' if digits else ''}{digits}+00".encode()


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_is_the_one_that_django_reads(moment: datetime) -> None:
    read = MomentLoader(OID).load(memoryview(as_sent(moment)))
    assert (read, read.tzinfo) == (moment, UTC)
    assert read == DJANGOS(OID).load(as_sent(moment))


@pytest.mark.parametrize("offset", ["+01", "-03:30", "+05:53:28"])
def test_another_zone_is_the_same_moment_in_utc(offset: str) -> None:
    read = MomentLoader(OID).load(f"2026-10-25 02:30:00.5{offset}".encode())
    assert read.tzinfo is UTC
    assert read == datetime.fromisoformat(f"2026-10-25 02:30:00.5{offset}")


@pytest.mark.parametrize("text", ["infinity", "-infinity", "12026-01-01 00:00:00+00"])
def test_what_is_no_moment_of_python_is_told_by_the_driver(text: str) -> None:
    with pytest.raises(DataError):
        MomentLoader(OID).load(text.encode())


@pytest.mark.postgresql
@pytest.mark.django_db
def test_every_cursor_of_a_connection_reads_so() -> None:
    secret = make_token().secret
    secret.last_used_at = NOW + timedelta(microseconds=70)
    secret.save()
    assert connection.connection.adapters.get_loader(OID, Format.TEXT) is MomentLoader
    with connection.cursor() as cursor:
        assert cursor.adapters.get_loader(OID, Format.TEXT) is MomentLoader
    (read,) = Secret.objects.values_list("last_used_at", flat=True).iterator()
    assert (read, read and read.tzinfo) == (secret.last_used_at, UTC)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_session_in_another_zone_reads_the_same_moments() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Kathmandu'")
        cursor.execute("SELECT %s::timestamptz", [NOW])
        assert cursor.fetchone() == (NOW,)
