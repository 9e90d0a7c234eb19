"""What every step begins and ends with."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any


def start_django() -> None:
    """Load the settings that the environment names."""
    import django

    django.setup()


def emit(result: dict[str, Any]) -> None:
    """The one JSON object on the last line."""
    print(json.dumps(result))


def peak_mb() -> float:
    """Most memory that this process ever had resident, in MB. (getrusage would count the parent's
    from before the exec.)"""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell peak memory")


def children_peak_mb() -> float:
    """Most memory that a child of this process, ended by now, ever had resident, in MB; what it
    shares with its parent is counted, too. 0 where there was none."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def vacuum() -> None:
    """Leave the tables as autovacuum would have them after a while, so that rounds compare."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("ANALYZE")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
