"""Rows as they leave the product."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tokens.selectors.records import moment

MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.datetimes(timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


@given(MOMENTS)
def test_a_moment_is_written_as_python_writes_it(at: datetime) -> None:
    assert moment(at) == at.isoformat().replace("+00:00", "Z")


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    there = timezone(timedelta(hours=5, minutes=45))
    assert moment(datetime(2027, 1, 1, 1, 2, 3, tzinfo=there)) == "2026-12-31T19:17:03Z"


def test_no_moment_is_none() -> None:
    assert moment(None) is None
