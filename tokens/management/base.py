"""What all our management commands share: words by default, `--json`, and exact exit codes.

Exit codes (shared/interfaces.md): 0 done, 1 work left undone, 2 bad usage or input. Human text or
one JSON object on the last line of standard output; diagnostics on standard error.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from tokens.audit.actors import Actor, command_line
from tokens.coolset.address import AddressError
from tokens.errors import DomainError, KeyringError, VaultError
from tokens.management.database import DatabaseUnavailable, prepare_database
from tokens.services.key_records import require_known_keys

DONE, LEFT_UNDONE, BAD_INPUT = 0, 1, 2


class Command(BaseCommand):
    """Base of our commands: implement `run(**options) -> int`, add arguments in `arguments`.

    `run` returns the exit code. A DomainError it raises ends with exit 2 and `field: message`; a
    missing key, a value the vault cannot process or a database that is away with exit 1; none of
    them with a traceback.
    """

    # Every command works without broker, accounts or set-up; `up` and `check` run the checks.
    requires_system_checks: Any = ()
    wants_json = False
    #: An empty database is laid out before the command runs; `up` does that its own way.
    wants_database = True

    def arguments(self, parser: CommandParser) -> None:
        """Add this command's own arguments."""

    def run(self, **options: Any) -> int:
        """Do the work and return the exit code."""
        raise NotImplementedError("a command implements run()")

    @property
    def actor(self) -> Actor:
        """Who runs this command, for the audit trail; what `--by` asserts is kept apart from it."""
        return command_line()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="one JSON object on the last line of the output"
        )
        self.arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.wants_json = bool(options.pop("json", False))
        try:
            if self.wants_database:
                prepare_database(self.say)
                require_known_keys()
            code = self.run(**options)
        except DomainError as error:
            if self.wants_json:
                self.emit({"error": error.message, "field": error.field}, "")
            self.fail_usage(error.message, field=error.field)
        except DatabaseUnavailable as error:
            self.say(f"The database does not answer as it should: {type(error).__name__}.")
            self.say("After an update of the software, run: manage.py migrate")
            code = LEFT_UNDONE
        except (KeyringError, VaultError, AddressError) as error:
            self.say(str(error))
            code = LEFT_UNDONE
        if code:
            raise SystemExit(code)

    def emit(self, payload: Mapping[str, Any], text: str) -> None:
        """Print the result: `text` for people, `payload` as one line with --json. Call it last."""
        if self.wants_json:
            text = json.dumps(payload, ensure_ascii=False, default=str)
        if text:
            self.stdout.write(text)

    def say(self, text: str) -> None:
        """Print a diagnostic on standard error."""
        self.stderr.write(text)

    def fail_usage(self, message: str, *, field: str = "") -> NoReturn:
        """End with exit 2 and `field: message` on standard error."""
        self.say(f"{field}: {message}" if field else message)
        raise SystemExit(BAD_INPUT)

    @contextmanager
    def progress(self, total: int | None, unit: str) -> Iterator["Bar"]:
        """A bar on standard error while that is a terminal, else nothing; call `.advance(n)`."""
        with Bar(total=total, unit=f" {unit}", file=sys.stderr, disable=None, leave=False) as bar:
            yield bar


class Bar(tqdm):  # type: ignore[type-arg]  # generic in its stubs alone
    def advance(self, count: int) -> None:
        """So much more is done."""
        self.update(count)
