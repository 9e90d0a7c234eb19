"""report: the report for auditors as HTML, PDF or JSON, with the audit trail walked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.files import write_whole
from tokens.selectors.span import Span
from tokens.services.make_report import FORMATS, make_report, report_bytes


class Command(OurCommand):
    help = "Make the report for auditors: policy, deeds with proof, access, share, audit trail."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", metavar="DAY", default="", help="first UTC day")
        parser.add_argument("--to", dest="until", metavar="DAY", default="", help="last UTC day")
        parser.add_argument("--format", choices=FORMATS, default="json")
        parser.add_argument(
            "--output", metavar="FILE", help="write here (mode 0600); default: standard output"
        )

    def run(self, **options: Any) -> int:
        now, name = timezone.now(), options["format"]
        output: str | None = options["output"]
        if output is None and name == "pdf":
            raise InvalidInput("is needed for a PDF", field="output")
        span = Span.parse({"from": options["since"], "to": options["until"]}, now)
        made = make_report(span=span, format=name, actor=self.actor, now=now, walk_all=True)
        content = report_bytes(made, name)
        if output is None:
            self.stdout.write(content.decode(), ending="")
            return DONE
        write_whole(Path(output).resolve(), content)
        payload = {
            "output": output,
            "format": name,
            "from": span.since.isoformat(),
            "to": span.until.isoformat(),
            "chain_ok": made.chain.ok,
        }
        self.emit(payload, f"Report of {span.since} to {span.until} written to {output}")
        return DONE
