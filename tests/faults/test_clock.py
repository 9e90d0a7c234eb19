"""Clocks that jump an hour, a day, a hundred days, over both changes of summer time and a leap day:
nothing is told twice, due days go by UTC, and nothing waits for a clock that was put back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults import invariants
from tests.faults.campaign import ADMINISTRATOR, LONG, Campaign
from tests.faults.clock import Clock, driven, moved
from tests.faults.database import moment as read
from tests.journeys.oracle import Reminder, tightest

pytestmark = [pytest.mark.fault, pytest.mark.quick, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 120
AGES = (1, 20, 59, 60, 61, 75, 76, 82, 83, 88, 89, 90, 91, 97, 98)
ROTATE_DAYS = 90
OPENS_AT = 7
START = datetime(2028, 2, 27, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: The farthest that a check may be put off by plan: a day, and a tenth of it.
FARTHEST = 1.11 * DAY
#: What happens to the clock: words, and where it stands then.
JUMPS = (
    ("starts", START),
    ("an hour ahead", START + HOUR),
    ("an hour back", START),
    ("a day ahead", START + DAY),
    ("a day back", START),
    ("before the leap day", datetime(2028, 2, 28, 23, 59, 30, tzinfo=UTC)),
    ("the leap day begins", datetime(2028, 2, 29, 0, 0, 30, tzinfo=UTC)),
    ("the leap day at seven", datetime(2028, 2, 29, 7, 0, 30, tzinfo=UTC)),
    ("the leap day has passed", datetime(2028, 3, 1, 7, 0, 30, tzinfo=UTC)),
    ("three days without a beat", datetime(2028, 3, 4, 7, 0, 30, tzinfo=UTC)),
    ("a hundred days ahead", datetime(2028, 6, 12, 7, 0, 30, tzinfo=UTC)),
    ("a hundred days back", datetime(2028, 3, 4, 7, 5, tzinfo=UTC)),
    ("before summer time", datetime(2028, 3, 26, 0, 59, 30, tzinfo=UTC)),
    ("summer time begins", datetime(2028, 3, 26, 1, 0, 30, tzinfo=UTC)),
    ("summer time at seven", datetime(2028, 3, 26, 7, 0, 30, tzinfo=UTC)),
    ("the hour that comes twice", datetime(2028, 10, 29, 0, 30, tzinfo=UTC)),
    ("the same hour again", datetime(2028, 10, 29, 1, 30, tzinfo=UTC)),
    ("winter time at seven", datetime(2028, 10, 29, 7, 0, 30, tzinfo=UTC)),
)


def test_nothing_is_told_twice(quiet: Campaign) -> None:
    c = quiet
    clock = moved(c, START)
    c.instance.environment["TZ"] = "Europe/Amsterdam"
    c.add_administrator()
    c.import_tokens(TOKENS, ages=AGES, today=START.date())
    oracle = _Oracle(c)
    with driven(c) as worker:
        for what, where in JUMPS:
            clock.to(where)
            c.inject(f"the clock: {what}")
            before = len(c.sink.arrived)
            worker.work()
            _told_as_expected(c, oracle.at(where), before, what)
            _nothing_waits_for_a_clock_that_was_put_back(c, clock)
    c.checked.append(f"{len(oracle.told)} reminders over all jumps, none of them twice")
    invariants.after_every_fault(c)


class _Oracle:
    """What is due when, from ages alone; remembers what was."""

    def __init__(self, c: Campaign) -> None:
        self._c = c
        self._done: dict[str, int] = {}
        self.told: list[Reminder] = []

    def at(self, moment: datetime) -> list[Reminder]:
        """Everything that must have been told by now, sorted. Before seven nothing new is."""
        if moment.hour >= OPENS_AT:
            for token in self._c.tokens:
                due = START.date() + timedelta(days=ROTATE_DAYS - token.age)
                left = (due - moment.date()).days
                threshold = tightest(left)
                if threshold is None or threshold >= self._done.get(token.label, 10**6):
                    continue
                self._done[token.label] = threshold
                also = {ADMINISTRATOR} if left < 0 else set()
                self.told += [(token.label, threshold, to) for to in {token.owner, *also}]
        return sorted(self.told)


def _told_as_expected(c: Campaign, expected: list[Reminder], before: int, what: str) -> None:
    rows = c.rows(
        "SELECT t.label, n.threshold, n.recipient FROM tokens_notice n "
        "JOIN tokens_token t ON t.id = n.token_id WHERE n.kind = 'reminder' AND n.status = 'sent'"
    )
    assert sorted(tuple(row) for row in rows) == expected, what
    new = c.sink.arrived[before:]
    ids = Counter(str(mail["Message-ID"]) for mail in c.sink.arrived)
    assert set(ids.values()) <= {1}, what
    assert set(Counter(str(mail["To"]) for mail in new).values()) <= {1}, f"{what}: one mail each"


def _nothing_waits_for_a_clock_that_was_put_back(c: Campaign, clock: Clock) -> None:
    latest = c.rows("SELECT max(next_check_at) FROM tokens_secret")[0][0]
    assert read(latest) - clock.now <= FARTHEST, "a check waits for the clock's old time"
