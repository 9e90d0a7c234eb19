"""Who is told what, and for how long somebody is tried."""

from datetime import UTC, datetime, timedelta

import pytest

from tokens.models import NoticeKind
from tokens.policy.channels import (
    PATIENCE,
    PERSONAL,
    TOPICS,
    Place,
    Severity,
    Wish,
    is_dead,
    is_hopeless,
    retry_at,
    topic,
    topic_of,
    wants,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kind", "threshold", "word"),
    [
        ("reminder", 30, "due"),
        ("reminder", 0, "due"),
        ("reminder", -7, "overdue"),
        ("compromised", 0, "compromised"),
        ("leaver", 1, "leaver"),
    ],
)
def test_topic_of_a_notice(kind: str, threshold: int, word: str) -> None:
    assert topic_of(kind, threshold) == word


def test_every_kind_of_notice_has_a_topic() -> None:
    assert {topic_of(kind.value, 0) for kind in NoticeKind} - PERSONAL <= set(TOPICS)
    assert len({each.event for each in TOPICS.values()}) == len(TOPICS)


def test_an_unknown_kind_is_a_warning_and_no_error() -> None:
    assert topic("new_kind").event == "notice.new_kind"
    assert topic("new_kind").severity is Severity.WARNING


HERE, THERE = Place("a", "i"), Place("b", "j")


@pytest.mark.parametrize(
    ("wish", "word", "place", "told"),
    [
        (Wish(), "due", HERE, True),
        (Wish(), "incident", None, True),
        (Wish(topics=("overdue",)), "due", HERE, False),
        (Wish(topics=("overdue",)), "overdue", HERE, True),
        (Wish(at_least=Severity.WARNING), "due", HERE, False),
        (Wish(at_least=Severity.WARNING), "overdue", HERE, True),
        (Wish(at_least=Severity.CRITICAL), "overdue", HERE, False),
        (Wish(at_least=Severity.CRITICAL), "compromised", HERE, True),
        (Wish(company="a"), "due", HERE, True),
        (Wish(company="a"), "due", THERE, False),
        (Wish(integration="i"), "due", HERE, True),
        (Wish(integration="i"), "due", THERE, False),
        (Wish(company="a", integration="j"), "due", HERE, False),
        # What is of no token is not of this company either.
        (Wish(company="a"), "incident", None, False),
    ],
)
def test_wants(wish: Wish, word: str, place: Place | None, told: bool) -> None:
    assert wants(wish, word, place) is told


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (7, 360), (8, 720), (99, 720)]
)
def test_waits_grow(attempts: int, minutes: int) -> None:
    assert retry_at(attempts, NOW) == NOW + timedelta(minutes=minutes)


def test_nothing_was_attempted() -> None:
    with pytest.raises(ValueError, match="attempted"):
        retry_at(0, NOW)


@pytest.mark.parametrize(
    ("age", "attempts", "hopeless"),
    [
        (timedelta(days=3), 5, True),
        (timedelta(days=3) - SECOND, 99, False),
        (timedelta(days=9), 4, False),  # our worker was away: hardly anything was tried
    ],
)
def test_patience(age: timedelta, attempts: int, hopeless: bool) -> None:
    assert is_hopeless(begun_at=NOW - age, attempts=attempts, now=NOW) is hopeless


@pytest.mark.parametrize(
    ("since", "attempts", "status", "dead"),
    [
        (None, 9, 500, False),
        (NOW - PATIENCE + SECOND, 9, 500, False),
        (NOW - PATIENCE, 5, 500, True),
        (NOW - PATIENCE, 5, None, True),
        (NOW - PATIENCE, 4, 500, False),
        (NOW, 1, 410, True),
    ],
)
def test_a_channel_is_stopped(
    since: datetime | None, attempts: int, status: int | None, dead: bool
) -> None:
    found = is_dead(failing_since=since, attempts=attempts, status=status, now=NOW)
    assert found is dead
