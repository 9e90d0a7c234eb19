"""import_usage: bring in logs that say when tokens were used."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.tables import read_input, tell_refused
from tokens.policy.fields import parse_moment
from tokens.policy.register import Invalid
from tokens.services.usage_import import (
    Covered,
    Form,
    ImportRefused,
    UsageImported,
    form_of,
    import_usage,
    read_file,
)


class Command(OurCommand):
    """Exit 2 where nothing was taken; every bad row is named by line and column."""

    help = "Import use from logs (CSV or JSON lines, see docs), all rows or none."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE|-", help="a log; - reads standard input")
        parser.add_argument(
            "--format",
            choices=("csv", "jsonl"),
            help="default: by the file's name, else csv",
        )
        parser.add_argument("--source", default="", help="what wrote the log, for the audit trail")
        parser.add_argument(
            "--covers",
            nargs=2,
            metavar=("FROM", "TO"),
            help="the log holds every call of this time (ISO 8601), so silence counts",
        )
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument(
            "--of",
            action="append",
            default=[],
            metavar="INTEGRATION",
            help="whose calls the log holds, with --covers; may be repeated",
        )
        whose.add_argument(
            "--of-all", action="store_true", help="it holds the calls of all integrations"
        )
        parser.add_argument(
            "--skip-unknown",
            action="store_true",
            help="leave rows out whose token is not in the inventory, and count them",
        )
        parser.add_argument("--dry-run", action="store_true", help="check all rows, record nothing")

    def run(self, **options: Any) -> int:
        now = timezone.now()
        covered = _covered(options)
        form: Form = options["format"] or form_of(options["file"])
        try:
            sightings, errors = read_file(read_input(options["file"]), form, now=now)
            result = import_usage(
                sightings=sightings,
                errors=errors,
                source=options["source"],
                covered=covered,
                skip_unknown=options["skip_unknown"],
                dry_run=options["dry_run"],
                actor=self.actor,
                now=now,
            )
        except ImportRefused as refused:
            return tell_refused(self, refused, count="rows")
        self.emit(asdict(result), _in_words(result, dry_run=options["dry_run"]))
        return DONE


def _covered(options: dict[str, Any]) -> Covered | None:
    if options["covers"] is None:
        if options["of"] or options["of_all"]:
            raise InvalidInput("goes with --covers", field="--of")
        return None
    try:
        since, until = (parse_moment(text, "--covers") for text in options["covers"])
    except Invalid as problem:
        raise InvalidInput(problem.reason, field=problem.field) from None
    if since is None or until is None:
        raise InvalidInput("is empty", field="--covers")
    return Covered(since, until, tuple(options["of"]), options["of_all"])


def _in_words(result: UsageImported, *, dry_run: bool) -> str:
    done = "would be imported" if dry_run else "imported"
    words = f"{result.rows} rows {done}, {result.secrets} tokens seen in use."
    if result.unknown:
        words += f" {result.unknown} rows left out: they are of no token in the inventory."
    if result.covered:
        words += f" Silence counts for {result.covered} tokens."
    return words
