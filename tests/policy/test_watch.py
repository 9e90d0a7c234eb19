"""Outages of the product itself: late, watched long enough, told once, over when caught up."""

from datetime import datetime, timedelta

import pytest

from tests.policy.moments import NOW, ago
from tokens.policy.watch import LATE, OVER, PAUSE, Seen, outage, watching_since

US = timedelta(microseconds=1)
LONG = ago(days=1)


@pytest.mark.parametrize(
    ("seen", "watching", "expected"),
    [
        (Seen(None), LONG, None),
        (Seen(NOW), LONG, None),
        (Seen(NOW - LATE), LONG, None),
        (Seen(NOW - LATE - US), LONG, NOW - LATE - US),
        # the machine slept: what was left is done in the next minute
        (Seen(ago(days=3)), NOW, None),
        (Seen(ago(days=3)), NOW - LATE, None),
        (Seen(ago(days=3)), NOW - LATE - US, ago(days=3)),
        # told already: the same outage until it is nearly caught up
        (Seen(NOW - OVER - US, told_since=LONG), NOW, LONG),
        (Seen(NOW - OVER, told_since=LONG), NOW, None),
        (Seen(None, told_since=LONG), LONG, None),
        # a clock that was set back is no outage
        (Seen(NOW + LATE), LONG, None),
    ],
)
def test_an_outage_and_its_beginning(
    seen: Seen, watching: datetime, expected: datetime | None
) -> None:
    assert outage(seen, watching=watching, now=NOW) == expected


@pytest.mark.parametrize(
    ("since", "last_look", "expected"),
    [
        (None, None, NOW),
        (LONG, None, NOW),
        (LONG, ago(minutes=5), LONG),
        (LONG, NOW - PAUSE, LONG),
        (LONG, NOW - PAUSE - US, NOW),
        (LONG, NOW + US, NOW),
    ],
)
def test_the_watch_begins_anew_after_a_pause(
    since: datetime | None, last_look: datetime | None, expected: datetime
) -> None:
    assert watching_since(since=since, last_look=last_look, now=NOW) == expected
