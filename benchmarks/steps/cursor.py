"""The query of the inventory's page that begins behind the first `ROWS` tokens by due date."""

from __future__ import annotations

import sys

from benchmarks.steps.common import emit, start_django

start_django()

from django.utils import timezone  # noqa: E402

from tokens.policy.settings import DEFAULT  # noqa: E402
from tokens.selectors.filters import Filters  # noqa: E402
from tokens.selectors.paging import page  # noqa: E402


def main() -> None:
    filters = Filters.parse({"state": "all"})
    found = page(filters, DEFAULT, timezone.now(), size=int(sys.argv[1]))
    emit({"query": filters.query(cursor=found.next)})


main()
