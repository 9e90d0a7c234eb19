"""`python -m benchmarks [FIGURE …]`: take the figures, print the table, exit 1 on a missed goal."""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import SubprocessError

from benchmarks import places, scale
from benchmarks.bench import Bench, say
from benchmarks.figures import (
    celery,
    export,
    growth,
    memory,
    million,
    pages,
    reminders,
    reseal,
    start,
    sweep,
    together,
    weight,
)
from benchmarks.table import Line, at_least, not_taken, render

#: In this order: what changes an instance comes after what reads it.
FIGURES: dict[str, Callable[[Bench], Iterable[Line]]] = {
    "sweep": sweep.run,
    "together": together.run,
    "celery": celery.run,
    "pages": pages.run,
    "weight": weight.run,
    "export": export.run,
    "reminders": reminders.run,
    "memory": memory.run,
    "reseal": reseal.run,
    "million": million.run,
    "growth": growth.run,
    "start": start.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"No such figure: {', '.join(unknown)}. There are: {', '.join(FIGURES)}.")
        return 2
    if not places.has_postgres():
        print(f"PostgreSQL is needed (BENCH_POSTGRES): nothing answers at {places.POSTGRES}.")
        return 2
    # An end that was asked for drops the databases and ends the processes, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    lines: list[Line] = []
    begun = time.monotonic()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coolset-bench-")))
        bench = Bench(scale.from_environment(), scratch, stack)
        for name in names or FIGURES:
            say(f"{name} (load {os.getloadavg()[0]:.1f})")
            for line in _taken(name, bench):
                say("  " + "  ".join(cell for cell in line.cells() if cell))
                lines.append(line)
    print(render(lines))
    minutes = (time.monotonic() - begun) / 60
    print(
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load at the end "
        f"{os.getloadavg()[0]:.1f}, {minutes:.1f} minutes."
    )
    missed = [line.what for line in lines if line.missed]
    if missed:
        print(f"{len(missed)} goals missed.")
    return 1 if missed else 0


def _taken(name: str, bench: Bench) -> Iterator[Line]:
    """The lines of one figure; where it breaks, one line that says so, and the others go on."""
    try:
        yield from FIGURES[name](bench)
    except (RuntimeError, SubprocessError) as error:
        yield not_taken(name, f"broke: {error}", at_least(1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
