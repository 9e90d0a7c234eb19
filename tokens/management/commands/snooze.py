"""snooze: put a token's reminders off for a while, or end that early."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.lookup import token_named
from tokens.services.snooze import end_snooze, snooze


class Command(OurCommand):
    help = "Put a token's reminders off, up to and including a UTC day, or end that early."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", metavar="ID", help="the token's id")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--until", metavar="DATE", help="the last day without reminders (UTC)")
        what.add_argument("--end", action="store_true", help="end the snooze in force")
        parser.add_argument("--reason", default="", help="why; required with --until")

    def run(self, **options: Any) -> int:
        token, now = token_named(options["id"]), timezone.now()
        if options["end"]:
            end_snooze(token=token, actor=self.actor, now=now)
            self.emit({"id": str(token.pk), "until": None}, "Ended. Reminders come again.")
            return DONE
        until = _date(options["until"])
        snooze(token=token, until=until, reason=options["reason"], actor=self.actor, now=now)
        self.emit(
            {"id": str(token.pk), "until": until.isoformat()},
            f"No reminder of its rotation until {until.isoformat()} is over. Flags, tasks and "
            "alerts stay.",
        )
        return DONE


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("is not a date like 2026-12-12", field="--until") from None
