"""A report as PDF: the same sections and tables, laid out on A4.

The fonts that come with reportlab hold Latin letters alone; where the system has DejaVu, Greek and
Cyrillic are printed too (docs/guide/evidence.md names this limit).
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle

from tokens.selectors.report_shape import Report
from tokens.selectors.report_table import Section, Table, moment
from tokens.selectors.report_words import period, sections

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
MARGIN = 15 * mm
#: Of the longest day, such as "22 Nov 2026".
DAY_LENGTH = 11
WIDTH = A4[0] - 2 * MARGIN
_LINE = colors.HexColor("#c6cfca")
_HEAD = colors.HexColor("#eef1ef")


def as_pdf(report: Report) -> bytes:
    """The whole report. Raises nothing of its own; what a font lacks is shown as a box."""
    plain, bold = _fonts()
    styles = _styles(plain, bold)
    story: list[Any] = [
        Paragraph("Token governance report", styles["title"]),
        Paragraph(escape(_subtitle(report)), styles["meta"]),
    ]
    for number, section in enumerate(sections(report), start=1):
        story += _section(number, section, styles)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=18 * mm, title="Token governance report", author=report.instance,
        subject=period(report), lang="en",
    )  # fmt: skip
    document.build(story, onFirstPage=_footer(report, plain), onLaterPages=_footer(report, plain))
    return out.getvalue()


def _subtitle(report: Report) -> str:
    made = f"Made on {moment(report.made_at)} by {report.made_by} at {report.instance}."
    return f"{period(report)}. {made} Holds no token."


def _section(number: int, section: Section, styles: dict[str, ParagraphStyle]) -> list[Any]:
    found: list[Any] = [Paragraph(escape(f"{number}. {section.title}"), styles["heading"])]
    # A heading and its sentences never stay behind on the page before their table.
    style = styles["lead"] if section.tables else styles["text"]
    found += [Paragraph(escape(sentence), style) for sentence in section.sentences]
    for table in section.tables:
        found.append(Paragraph(escape(_caption(table)), styles["caption"]))
        if table.rows:
            found.append(_table(table, styles))
        if table.more:
            words = f"{table.more} more: {table.elsewhere}."
            found.append(Paragraph(escape(words), styles["meta"]))
    return found


def _caption(table: Table) -> str:
    return table.caption if table.rows else f"{table.caption}: none."


def _table(table: Table, styles: dict[str, ParagraphStyle]) -> LongTable:
    rows = [[Paragraph(escape(head), styles["head"]) for head in table.heads]]
    rows += [[Paragraph(escape(cell), styles["cell"]) for cell in row] for row in table.rows]
    laid = LongTable(rows, colWidths=column_widths(table, styles), repeatRows=1)
    laid.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return laid


def column_widths(table: Table, styles: dict[str, ParagraphStyle]) -> list[float]:
    """Room for the longest word of each column, so that none is broken; the rest by length."""
    columns = list(zip(table.heads, *table.rows, strict=True))
    least = [min(max(_word(text, styles) for text in column), WIDTH / 5) for column in columns]
    shares = [min(max(len(text) for text in column), 80) for column in columns]
    rest = WIDTH - sum(least)
    if rest < 0:
        return [WIDTH * each / sum(least) for each in least]
    return [each + rest * share / sum(shares) for each, share in zip(least, shares, strict=True)]


def _word(text: str, styles: dict[str, ParagraphStyle]) -> float:
    """The width of its longest word with the padding of a cell; a day counts as one word."""
    words = [text] if len(text) <= DAY_LENGTH else text.split()
    bold, size = styles["head"].fontName, styles["head"].fontSize
    return max((pdfmetrics.stringWidth(word, bold, size) for word in words), default=0) + 9


def _footer(report: Report, font: str) -> Any:
    words = f"{report.instance} · audit trail: entry {report.chain.number}, {report.chain.hash}"

    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(font, 6.5)
        canvas.setFillColor(colors.HexColor("#55635c"))
        canvas.drawString(MARGIN, 10 * mm, words)
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"Page {document.page}")
        canvas.restoreState()

    return draw


def _styles(plain: str, bold: str) -> dict[str, ParagraphStyle]:
    def style(name: str, font: str, size: float, **more: Any) -> ParagraphStyle:
        leading = size * 1.35
        return ParagraphStyle(
            name, fontName=font, fontSize=size, leading=leading, alignment=TA_LEFT, **more
        )

    return {
        "title": style("title", bold, 18, spaceAfter=4),
        "heading": style("heading", bold, 12.5, spaceBefore=14, spaceAfter=4, keepWithNext=1),
        "caption": style("caption", bold, 9, spaceBefore=8, spaceAfter=3, keepWithNext=1),
        "text": style("text", plain, 9, spaceAfter=3),
        "lead": style("lead", plain, 9, spaceAfter=3, keepWithNext=1),
        "meta": style("meta", plain, 8, textColor=colors.HexColor("#55635c"), spaceAfter=3),
        "head": style("head", bold, 7.5),
        "cell": style("cell", plain, 7.5, splitLongWords=1),
    }


@cache
def _fonts() -> tuple[str, str]:
    """Names of the plain and the bold font, registered once per process."""
    system = DEJAVU / "DejaVuSans.ttf", DEJAVU / "DejaVuSans-Bold.ttf"
    found = all(path.is_file() for path in system)
    files = [str(path) for path in system] if found else ["Vera.ttf", "VeraBd.ttf"]
    names = ("ReportSans", "ReportSansBold")
    for name, file in zip(names, files, strict=True):
        pdfmetrics.registerFont(TTFont(name, file))
    return names
