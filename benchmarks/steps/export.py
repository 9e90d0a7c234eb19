"""Export everything to nowhere. `csv|json`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.steps.common import emit, peak_mb, start_django

start_django()

from django.utils import timezone  # noqa: E402

from tokens.audit import system  # noqa: E402
from tokens.policy.settings import DEFAULT  # noqa: E402
from tokens.services.export_inventory import export_inventory  # noqa: E402


def main() -> None:
    begun = time.perf_counter()
    with Path("/dev/null").open("w", encoding="utf-8") as out:
        rows = export_inventory(
            format=sys.argv[1], out=out, rules=DEFAULT, now=timezone.now(), actor=system("bench")
        )
    emit({"rows": rows, "seconds": time.perf_counter() - begun, "peak_mb": peak_mb()})


main()
