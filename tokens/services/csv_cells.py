"""Cells of a CSV file that a spreadsheet takes for text, whatever somebody wrote into a name."""

from __future__ import annotations

#: What a spreadsheet takes for a formula, or strips before it looks for one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would run it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
