"""`checkpoint`: sign the head of the audit trail and write it down, to be carried away."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.audit.checkpoints import make_checkpoint
from tokens.keys import private_keyring
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.management.files import replacing


class Command(OurCommand):
    help = "Sign the head of the audit trail; verify_audit --against FILE compares with it later."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", metavar="FILE", help="default: standard output")

    def run(self, **options: Any) -> int:
        made = make_checkpoint(keyring=private_keyring(), now=timezone.now())
        if made is None:
            self.say("The audit trail is empty: there is nothing to sign.")
            return LEFT_UNDONE
        if options["output"] is None:
            self.stdout.write(made.text(), ending="")
            return DONE
        path = Path(options["output"]).resolve()
        with replacing(path) as out:
            out.write(made.text())
        payload = {"number": made.number, "hash": made.hash, "output": str(path)}
        self.emit(payload, f"Entry {made.number} signed under {made.key_id}: {path}")
        return DONE
