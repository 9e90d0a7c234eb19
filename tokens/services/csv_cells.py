"""Cells of a CSV file that a spreadsheet takes for text, whatever somebody wrote into a name."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

Cell = str | int | None

#: What a spreadsheet takes for a formula, or strips before it looks for one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def line(row: Sequence[Cell]) -> str:
    """One row as `csv.writer` writes it, None as an empty cell, with a newline at its end.

    Few rows hold anything that needs quotes; the others are joined, which takes a third of the
    time that the writer needs to look at every character of every cell.
    """
    joined = ",".join(["" if cell is None else str(cell) for cell in row])
    plain = joined and joined.count(",") == len(row) - 1
    if not plain or '"' in joined or "\n" in joined or "\r" in joined:
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerow(row)
        return written.getvalue()
    return f"{joined}\n"
