"""A report as a file: JSON for programs, a stand-alone page made for paper, PDF."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from tokens.models import Company
from tokens.policy.compliance import Tally
from tokens.selectors.records import moment
from tokens.selectors.report_shape import Refusal, Report
from tokens.selectors.report_words import period, sections

#: What JSON says too, although it follows from the facts.
_TOO: dict[type, tuple[str, ...]] = {Tally: ("counted", "percent"), Refusal: ("took",)}
_CSS = Path(__file__).resolve().parent.parent / "static" / "tokens" / "app.css"


def as_json(report: Report) -> str:
    """One JSON object with all facts; moments in UTC, lengths of time in whole seconds."""
    document = {"product": "Coolset token governance", "report": 1, **_plain(report)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def as_html(report: Report) -> str:
    """A page that needs nothing but itself: the style is in it, and it loads nothing."""
    return render_to_string(
        "evidence/report_file.html",
        {
            "report": report,
            "sections": sections(report),
            "period": period(report),
            "css": _CSS.read_text(encoding="utf-8"),
        },
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Company):
        return value.name
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        names = [field.name for field in fields(value)] + list(_TOO.get(type(value), ()))
        return {name: _plain(getattr(value, name)) for name in names}
    return value
