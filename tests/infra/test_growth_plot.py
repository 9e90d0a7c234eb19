"""What `make bench` draws into docs: a true picture, and words that fit it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchmarks import scale
from benchmarks.figures import growth
from benchmarks.plot import BELOW, SIDE, Series, draw, points

SIZES = (1_000, 10_000, 100_000, 1_000_000)
FLAT = Series("first <page>", "ms", (20.0, 20.0, 20.0, 20.0))
EVEN = Series("counted anew", "ms", (3.0, 30.0, 300.0, 3000.0))
BEGIN = SIDE * (1 - BELOW / (3 + BELOW))
SVG = "{http://www.w3.org/2000/svg}"


def test_what_costs_the_same_is_flat_and_what_costs_by_the_token_is_the_diagonal() -> None:
    assert [y for _, y, _ in points(SIZES, FLAT)] == pytest.approx([BEGIN] * 4)
    found = points(SIZES, EVEN)
    assert [x for x, _, _ in found] == pytest.approx([0, SIDE / 3, SIDE * 2 / 3, SIDE])
    assert [y for _, y, _ in found] == pytest.approx([BEGIN * (3 - n) / 3 for n in range(4)])


def test_what_grows_faster_or_falls_far_stays_in_its_panel() -> None:
    wild = Series("wild", "", (1.0, 1e9, 1e-9, 1.0))
    assert all(0 <= y <= SIDE for _, y, _ in points(SIZES, wild))


def test_what_was_not_taken_is_left_out() -> None:
    gap = Series("gap", "ms", (10.0, None, 20.0, None))
    assert [place for _, _, place in points(SIZES, gap)] == [0, 2]
    assert gap.words(1) == "–"


def test_the_picture_is_whole_and_follows_light_and_dark() -> None:
    root = ElementTree.fromstring(draw(SIZES, [FLAT, EVEN]))  # noqa: S314 - drawn by ourselves
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert {"first <page> (ms)", "counted anew (ms)", "1k", "1M", "3,000"} <= set(texts)
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert root.find(f"{SVG}title") is not None
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style
    # Nothing is told by colour: whatever is drawn is of the text's own.
    assert set(re.findall(r"(?:stroke|fill): (\S+?)[;\s]", style)) <= {"currentColor", "none"}
    places = [float(value) for value in re.findall(r'c[xy]="([-\d.]+)"', draw(SIZES, [EVEN]))]
    assert all(0 <= value <= SIDE for value in places)


def test_the_table_has_every_number_and_the_last_step() -> None:
    words = growth.page(SIZES, [FLAT, EVEN], (10_000, 200.4))
    assert "| counted anew, ms | 3 | 30 | 300 | 3,000 | 10.00 |" in words
    assert "1,000,000 tokens took 200 s" in words
    assert "(growth.svg)" in words
    assert {line.count("|") for line in words.splitlines() if line.startswith("|")} == {7}


def test_a_quick_pass_leaves_docs_alone_and_each_size_is_a_multiple() -> None:
    assert not scale.SMALL.documented
    for one in (scale.FULL, scale.SMALL):
        assert sorted(one.growth) == list(one.growth)
        assert one.growth[0] <= one.sweep
        for few, many in zip(one.growth, one.growth[1:], strict=False):
            assert many <= one.sweep or many % few == 0
    assert scale.FULL.growth[-1] == 1_000_000
