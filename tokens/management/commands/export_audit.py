"""`export_audit`: the audit trail as JSON Lines that a stranger can check."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.audit import head
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.files import replacing
from tokens.services.export_audit import export_audit


class Command(OurCommand):
    help = "Write the audit trail into a file that scripts/check_audit_export.py can check alone."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output", metavar="FILE", required=True, help="written with mode 0600"
        )
        parser.add_argument(
            "--after", type=int, default=0, metavar="N", help="only entries after this number"
        )

    def run(self, **options: Any) -> int:
        after, path = options["after"], Path(options["output"]).resolve()
        top = (head() or (0, ""))[0]
        with self.progress(max(0, top - after), "entries") as bar:
            lines = export_audit(
                after=after, actor=self.actor, now=timezone.now(), progress=bar.update
            )
            with replacing(path) as out:
                count = sum(1 for line in lines if out.write(line)) - 2
        self.emit({"entries": count, "output": str(path)}, f"{count} entries exported to {path}")
        return DONE
