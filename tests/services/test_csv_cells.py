"""A line is what Python's own writer of CSV makes of it."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from tokens.services.csv_cells import Cell, line

CELLS = st.lists(
    st.none() | st.integers() | st.text() | st.text('ab,"\n\r;\t \x00', max_size=4), min_size=1
)


@given(CELLS)
@example([""])
@example([None])
@example(["a", "b\r"])
@example(["a,b", None])
def test_a_line_is_as_the_writer_has_it(cells: list[Cell]) -> None:
    try:
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerow(cells)
    except csv.Error:  # one empty cell alone: [None]
        assert cells == [None]
        return
    assert line(cells) == written.getvalue()
