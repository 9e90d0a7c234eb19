"""When a mail may go out by what its reader prefers, in their zone and over daylight saving."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import utc
from tokens.policy.preferences import (
    Digest,
    Preference,
    held_until,
    is_awake,
    is_zone,
    send_from,
)

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
QUIET_WEEKENDS = Preference(quiet=frozenset({SAT, SUN}))
DAILY = Preference(digest=Digest.DAILY)
WEEKLY_MONDAYS = Preference(digest=Digest.WEEKLY, weekday=MON)

# 2 March 2026 is a Monday.


@pytest.mark.parametrize(
    ("preference", "ready", "threshold", "last_sent", "expected"),
    [
        # Nothing chosen: at once, at any hour.
        (None, "2026-03-02T03:00", 14, None, "2026-03-02T03:00"),
        # From 07:00 on.
        (Preference(), "2026-03-02T03:00", 14, None, "2026-03-02T07:00"),
        (Preference(), "2026-03-02T07:05", 14, "2026-03-02T07:01", "2026-03-02T07:05"),
        # Quiet days: the next day that is not, whatever is due.
        (QUIET_WEEKENDS, "2026-03-06T07:05", 14, None, "2026-03-06T07:05"),
        (QUIET_WEEKENDS, "2026-03-07T07:05", 14, None, "2026-03-09T07:00"),
        (QUIET_WEEKENDS, "2026-03-08T15:00", 0, None, "2026-03-09T07:00"),
        (QUIET_WEEKENDS, "2026-03-07T07:05", -7, None, "2026-03-09T07:00"),
        # Daily: one a day, the first at once.
        (DAILY, "2026-03-02T07:05", 14, None, "2026-03-02T07:05"),
        (DAILY, "2026-03-02T15:00", 14, "2026-03-01T07:05", "2026-03-02T15:00"),
        (DAILY, "2026-03-02T15:00", 14, "2026-03-02T07:05", "2026-03-03T07:00"),
        (DAILY, "2026-03-02T15:00", -7, "2026-03-02T07:05", "2026-03-03T07:00"),
        # Weekly: on its day, once.
        (WEEKLY_MONDAYS, "2026-03-02T07:05", 14, None, "2026-03-02T07:05"),
        (WEEKLY_MONDAYS, "2026-03-02T15:00", 14, "2026-03-02T07:05", "2026-03-09T07:00"),
        (WEEKLY_MONDAYS, "2026-03-03T07:05", 14, None, "2026-03-09T07:00"),
        (WEEKLY_MONDAYS, "2026-03-08T23:59", 30, None, "2026-03-09T07:00"),
        # What is due tomorrow, today or overdue is held no longer than a day.
        (WEEKLY_MONDAYS, "2026-03-03T07:05", 2, None, "2026-03-09T07:00"),
        (WEEKLY_MONDAYS, "2026-03-03T07:05", 1, None, "2026-03-03T07:05"),
        (WEEKLY_MONDAYS, "2026-03-03T07:05", 0, None, "2026-03-03T07:05"),
        (WEEKLY_MONDAYS, "2026-03-03T07:05", -7, None, "2026-03-03T07:05"),
        (WEEKLY_MONDAYS, "2026-03-03T15:00", 0, "2026-03-03T07:05", "2026-03-04T07:00"),
        # A digest's day that is quiet: the next that is not.
        (
            Preference(Digest.WEEKLY, SAT, frozenset({SAT, SUN})),
            "2026-03-03T07:05",
            14,
            None,
            "2026-03-09T07:00",
        ),
        # A zone: 07:00 of theirs.
        (Preference(zone="Europe/Amsterdam"), "2026-03-02T05:00", 14, None, "2026-03-02T06:00"),
        (Preference(zone="America/New_York"), "2026-03-02T07:05", 14, None, "2026-03-02T12:00"),
        (Preference(zone="Asia/Tokyo"), "2026-03-02T07:05", 14, None, "2026-03-02T07:05"),
        # Sunday evening in New York is Monday in UTC: the quiet day is theirs.
        (
            Preference(quiet=frozenset({SUN}), zone="America/New_York"),
            "2026-03-09T01:00",
            14,
            None,
            "2026-03-09T11:00",
        ),
        # Over the change to summer time: 07:00 stays 07:00.
        (Preference(zone="Europe/Amsterdam"), "2026-03-29T00:30", 14, None, "2026-03-29T05:00"),
        (
            Preference(quiet=frozenset({SAT, SUN}), zone="Europe/Amsterdam"),
            "2026-03-28T07:05",
            14,
            None,
            "2026-03-30T05:00",
        ),
        # And back to winter time.
        (
            Preference(quiet=frozenset({SAT, SUN}), zone="Europe/Amsterdam"),
            "2026-10-24T07:05",
            14,
            None,
            "2026-10-26T06:00",
        ),
        # Daily, one a day of theirs: 21:00 in New York is the next day in UTC.
        (
            Preference(Digest.DAILY, zone="America/New_York"),
            "2026-03-03T02:00",
            14,
            "2026-03-02T12:00",
            "2026-03-03T12:00",
        ),
        # Whoever lives west gets what Tuesday asks for on their Tuesday, not on Monday evening.
        (Preference(zone="America/New_York"), "2026-03-03T00:02", 14, None, "2026-03-03T12:00"),
        (Preference(zone="Asia/Tokyo"), "2026-03-03T00:02", 14, None, "2026-03-03T00:02"),
        # A zone that nobody knows is UTC.
        (Preference(zone="Europe/Nowhere"), "2026-03-02T05:00", 14, None, "2026-03-02T07:00"),
    ],
)
def test_from_when_on_a_mail_may_go_out(
    preference: Preference | None, ready: str, threshold: int, last_sent: str | None, expected: str
) -> None:
    found = send_from(
        preference,
        ready=utc(ready),
        threshold=threshold,
        last_sent=utc(last_sent) if last_sent else None,
    )
    assert found == utc(expected)


@pytest.mark.parametrize(
    ("preference", "now", "expected"),
    [
        (None, "2026-03-03T00:30", "2026-03-02T07:05"),
        # Not accepted on its day: as soon as its reader is awake, not a week later.
        (WEEKLY_MONDAYS, "2026-03-02T09:00", "2026-03-02T07:05"),
        (WEEKLY_MONDAYS, "2026-03-03T02:00", "2026-03-03T07:00"),
        (WEEKLY_MONDAYS, "2026-03-03T08:00", "2026-03-02T07:05"),
        (Preference(quiet=frozenset({TUE})), "2026-03-03T08:00", "2026-03-04T07:00"),
        (Preference(zone="America/New_York"), "2026-03-02T07:10", "2026-03-02T12:00"),
    ],
)
def test_what_was_not_accepted_waits_for_the_night_and_quiet_days_alone(
    preference: Preference | None, now: str, expected: str
) -> None:
    found = held_until(preference, ready=utc("2026-03-02T07:05"), threshold=14, now=utc(now))
    assert found == utc(expected)


ZONES = ["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati",
         "Pacific/Pago_Pago", "Australia/Lord_Howe"]  # fmt: skip
PREFERENCES = st.builds(
    Preference,
    digest=st.sampled_from(Digest),
    weekday=st.integers(0, 6),
    quiet=st.frozensets(st.integers(0, 6), max_size=6),
    zone=st.sampled_from(ZONES),
)
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: utc("2026-01-01") + timedelta(minutes=minutes)
)


@given(PREFERENCES, MOMENTS, st.sampled_from([30, 14, 7, 1, 0, -7]), st.booleans())
def test_never_before_it_is_ready_never_asleep_and_never_longer_than_a_fortnight(
    preference: Preference, ready: datetime, threshold: int, sent_before: bool
) -> None:
    last_sent = ready - timedelta(minutes=5) if sent_before else None
    found = send_from(preference, ready=ready, threshold=threshold, last_sent=last_sent)
    there = found.astimezone(ZoneInfo(preference.zone))
    assert ready <= found <= ready + timedelta(days=14, hours=26)
    assert there.weekday() not in preference.quiet
    assert there.hour >= 7
    assert is_awake(preference, found)
    if not preference.quiet and threshold <= 1:
        assert found - ready <= timedelta(hours=32)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("UTC", True),
        ("Europe/Amsterdam", True),
        ("Europe/Nowhere", False),
        ("", False),
        ("../etc/passwd", False),
        ("/etc/localtime", False),
        ("a\0b", False),
    ],
)
def test_names_of_zones(name: str, known: bool) -> None:
    assert is_zone(name) is known
