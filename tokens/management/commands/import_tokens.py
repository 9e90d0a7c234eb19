"""import_tokens: put the tokens of a CSV file into the inventory."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import BAD_INPUT, DONE
from tokens.management.base import Command as OurCommand
from tokens.services.import_csv import ImportRefused, ImportResult, RowError, import_csv


class Command(OurCommand):
    help = "Import tokens from a CSV file (see docs), all rows or none."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE|-", help="a CSV file; - reads standard input")
        parser.add_argument("--dry-run", action="store_true", help="check all rows, store nothing")
        parser.add_argument(
            "--allow-shared",
            action="store_true",
            help="accept a token that is stored already as one secret with several places",
        )

    def run(self, **options: Any) -> int:
        data = _read(options["file"])
        try:
            with self.progress(None, "tokens") as bar:

                def moved(done: int, total: int) -> None:
                    bar.total = total
                    bar.update(done - bar.n)

                result = import_csv(
                    source=data,
                    dry_run=options["dry_run"],
                    allow_shared=options["allow_shared"],
                    actor=self.actor,
                    now=timezone.now(),
                    progress=moved,
                )
        except ImportRefused as refused:
            return self._refused(refused)
        self.emit(asdict(result), _in_words(result))
        return DONE

    def _refused(self, refused: ImportRefused) -> int:
        for error in refused.errors:
            self.say(_error_in_words(error))
        if refused.more:
            self.say(f"… and {refused.more} more")
        self.say(f"{refused.message}.")
        self.emit(
            {
                "created": 0,
                "errors": [asdict(error) for error in refused.errors],
                "more_errors": refused.more,
            },
            "",
        )
        return BAD_INPUT


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", field="FILE") from None


def _in_words(result: ImportResult) -> str:
    done = "would be imported" if result.dry_run else "imported"
    return (
        f"{result.created} tokens {done}; new: {result.companies} companies, "
        f"{result.integrations} integrations, {result.people} people."
    )


def _error_in_words(error: RowError) -> str:
    column = f", {error.column}" if error.column else ""
    return f"line {error.line}{column}: {error.reason}"
