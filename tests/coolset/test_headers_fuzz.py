"""Headers that a bad day sends: nothing raises, and only what makes sense is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from tests.coolset.helpers import AT
from tokens.coolset.headers import read_rate_headers, read_retry_hints

REPEATABLE = settings(derandomize=True, database=None, deadline=None, max_examples=200)
NUMBERS = st.one_of(
    st.integers(-(10**18), 10**18).map(str),
    st.floats().map(str),
    st.sampled_from(["", " ", "0", "-1", "1e9", "1_000", "٣", "²", "0x10", "9" * 400, "1\n2"]),
)
TEXTS = st.one_of(
    NUMBERS,
    st.text(max_size=60),
    st.datetimes(timezones=st.just(UTC)).map(lambda at: format_datetime(at, usegmt=True)),
    st.sampled_from(["Mon, 99 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 0000 00:00:00 -9999", "a, b"]),
)


@REPEATABLE
@given(TEXTS, TEXTS, st.none() | TEXTS.map(lambda text: f"Expected available in {text} seconds."))
@example("9" * 15, "9" * 15, "Expected available in 999999999999999.999999999 seconds.")
def test_hints_are_moments_in_utc_or_nothing(after: str, reset: str, detail: str | None) -> None:
    headers = CIMultiDict({"Retry-After": after, "X-RateLimit-Reset": reset})
    hints = read_retry_hints(headers, detail, AT)
    assert len(hints) <= 3
    for hint in hints:
        assert hint.utcoffset() == timedelta(0)


@REPEATABLE
@given(st.integers(0, 10**7))
def test_whole_seconds_count_from_the_answer(seconds: int) -> None:
    hints = read_retry_hints(CIMultiDict({"Retry-After": f" {seconds} "}), None, AT)
    assert hints == (AT + timedelta(seconds=seconds),)


@REPEATABLE
@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_date_is_read_as_it_was_written(moment: datetime) -> None:
    at = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_retry_hints(
        CIMultiDict({"retry-after": format_datetime(at, usegmt=True)}), None, AT
    ) == (at,)


@REPEATABLE
@given(NUMBERS, NUMBERS, NUMBERS)
@example("100", "101", "0")
@example("0", "0", "0")
@example("100", "-1", "0")
def test_a_rate_makes_sense_or_is_none(limit: str, remaining: str, reset: str) -> None:
    headers = {
        "X-RateLimit-Limit": limit,
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Reset": reset,
    }
    found = read_rate_headers(CIMultiDict(headers))
    if found is None:
        return
    assert 0 <= found.remaining <= found.limit
    assert found.limit > 0
    assert (str(found.limit), str(found.remaining)) == (
        limit.strip().lstrip("0") or "0",
        remaining.strip().lstrip("0") or "0",
    )
