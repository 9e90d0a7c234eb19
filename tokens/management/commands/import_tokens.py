"""import_tokens: put the tokens of a CSV file into the inventory."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.tables import read_input, tell_refused
from tokens.services.import_csv import ImportRefused, ImportResult, import_csv


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
        data = read_input(options["file"])
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
            return tell_refused(self, refused, count="created")
        self.emit(asdict(result), _in_words(result))
        return DONE


def _in_words(result: ImportResult) -> str:
    done = "would be imported" if result.dry_run else "imported"
    return (
        f"{result.created} tokens {done}; new: {result.companies} companies, "
        f"{result.integrations} integrations, {result.people} people."
    )
