"""`python -m tests.probing.one_sweep`: a process that sweeps whenever a line comes in.

It is ready when it says so, so that several of them begin at the same moment; after each sweep it
says how many secrets it checked.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from tokens.coolset import client  # noqa: E402, F401 - loaded before, as a worker does it
from tokens.services.sweep import sweep  # noqa: E402


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    _say("ready")
    for _ in sys.stdin:
        swept = sweep(clock=timezone.now)
        _say({"checked": swept.checked, "seconds": swept.seconds})


main()
