"""Tables to fill in: a header, and nothing that somebody might import by mistake."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from django.http import HttpResponse


def empty_table(name: str, columns: Iterable[str]) -> HttpResponse:
    """A CSV file of this name with every column and no line."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(answer, lineterminator="\r\n").writerow(columns)
    return answer
