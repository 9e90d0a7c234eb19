"""Columns of the report on paper: no word and no day is broken where there is room for it."""

import pytest
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth

from tokens.selectors.report_table import Table
from tokens.services.report_pdf import WIDTH, column_widths

SIZE = 7.5
STYLES = {"head": ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=SIZE)}


@pytest.mark.parametrize("reason", ["short", "a long reason with many words " * 20])
def test_heads_and_days_stay_on_one_line(reason: str) -> None:
    heads = ("Until", "Reason", "Asked by", "Witnesses", "Last day")
    row = ("still", reason, "finance-it@acme.example", "0", "22 Nov 2026")
    widths = column_widths(Table("Exceptions", heads, (row,)), STYLES)
    assert sum(widths) == pytest.approx(WIDTH)
    for word, width in zip(("Until", "Reason", row[2], "Witnesses", row[4]), widths, strict=True):
        assert stringWidth(word, "Helvetica-Bold", SIZE) + 8 <= width


def test_more_columns_than_paper_share_what_there_is() -> None:
    table = Table("Wide", tuple(f"a-column-of-a-long-name-{n}" for n in range(12)), ())
    widths = column_widths(table, STYLES)
    assert sum(widths) == pytest.approx(WIDTH)
    assert min(widths) > 0
