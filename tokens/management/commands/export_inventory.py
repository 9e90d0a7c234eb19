"""`export_inventory`: the inventory without secrets, on standard output or into a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.management.files import replacing
from tokens.models import Token
from tokens.services.export_inventory import FORMATS, Writable, export_inventory
from tokens.services.policy_in_force import rules_in_force


class Command(OurCommand):
    help = "Export every token of the inventory, without secrets, as CSV or one JSON array."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument(
            "--output", metavar="FILE", help="write here (mode 0600); default: standard output"
        )

    def run(self, **options: Any) -> int:
        name: str = options["format"]
        output: str | None = options["output"]
        with self.progress(Token.objects.count(), "tokens") as bar:
            if output is None:
                return self._to_standard_output(name, bar.update)
            with replacing(Path(output).resolve()) as out:
                rows = self._export(name, out, bar.update)
        payload = {"rows": rows, "format": name, "output": output}
        self.emit(payload, f"{rows} tokens exported to {output}")
        return DONE

    def _to_standard_output(self, name: str, progress: Callable[[int], object]) -> int:
        """Standard output holds the data alone, so --json adds nothing to it."""
        try:
            self._export(name, _Output(self.stdout), progress)
            self.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return LEFT_UNDONE
        return DONE

    def _export(self, name: str, out: Writable, progress: Callable[[int], object]) -> int:
        return export_inventory(
            format=name,
            out=out,
            rules=rules_in_force(),
            now=timezone.now(),
            actor=self.actor,
            progress=progress,
        )


class _Output:
    """Django's wrapper of standard output ends each write with a newline; this one does not."""

    def __init__(self, wrapper: Any) -> None:
        self._wrapper = wrapper

    def write(self, text: str, /) -> int:
        self._wrapper.write(text, ending="")
        return len(text)
