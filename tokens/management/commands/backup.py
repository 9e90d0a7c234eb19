"""`backup`: the whole instance in one sealed file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.files import replacing
from tokens.services.backup import back_up
from tokens.services.backup.write import count_rows


class Command(OurCommand):
    help = (
        "Write everything into one file, sealed to the vault's public key. The keys themselves are"
        " not in it: keep TOKEN_KEYS and FINGERPRINT_KEY elsewhere."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", metavar="FILE", required=True, help="of mode 0600")

    def run(self, **options: Any) -> int:
        path = Path(options["output"]).resolve()
        with (
            self.progress(count_rows(), "rows") as bar,
            replacing(path, binary=True) as out,
        ):
            done = back_up(out=out, actor=self.actor, now=timezone.now(), progress=bar.advance)
        payload = {
            "rows": done.rows,
            "audit_number": done.audit_number,
            "bytes": path.stat().st_size,
            "output": str(path),
        }
        self.emit(payload, f"{done.rows} rows, up to audit entry {done.audit_number}: {path}")
        return DONE
