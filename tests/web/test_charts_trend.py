"""The line of the share: where it breaks, where it ends, and its words."""

from datetime import date, timedelta

from tokens.policy.compliance import Tally
from tokens.selectors.compliance import Day
from tokens.web.charts_trend import trend

START = date(2026, 11, 1)


def days(*tallies: Tally | None) -> list[Day]:
    return [Day(START + timedelta(days=n), tally) for n, tally in enumerate(tallies)]


def test_full_is_at_the_top_and_nothing_at_the_bottom() -> None:
    found = trend(days(Tally(within=1), Tally(within=1, out_of_policy=1), Tally(out_of_policy=1)))
    assert found.paths == ("M0.00 0.00L50.00 20.00L100.00 40.00",)


def test_a_gap_breaks_the_line_and_a_lone_day_is_a_dot() -> None:
    one = Tally(within=1)
    found = trend(days(one, one, None, one, Tally(unknown_age=3)))
    assert found.paths == ("M0.00 0.00L25.00 0.00", "M75.00 0.00h0.01")


def test_words_for_who_does_not_see_it() -> None:
    found = trend(days(Tally(within=1), None, Tally(within=1, out_of_policy=1)))
    assert found.words == (
        "Share within policy, 1 Nov 2026 to 3 Nov 2026: from 100 to 50 per cent, "
        "lowest 50, highest 100"
    )
    assert trend(days(None, None)).words.endswith("nothing was counted")


def test_the_axis_names_first_and_last() -> None:
    found = trend(days(*[Tally(within=1)] * 31))
    assert [(mark.text, mark.x, mark.anchor) for mark in found.axis] == [
        ("1 Nov 2026", 0.0, "start"), ("16 Nov 2026", 50.0, "middle"), ("1 Dec 2026", 100.0, "end"),
    ]  # fmt: skip
    assert len(trend(days(Tally())).axis) == 1
