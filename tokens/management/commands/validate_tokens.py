"""validate_tokens: check tokens now, in the foreground."""

import uuid
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.models import Token
from tokens.services.check_now import check_now, everything
from tokens.services.deliver import deliver_alerts
from tokens.services.rotation import probe_candidates


class Command(OurCommand):
    help = "Check tokens against Coolset now. Without a choice: those that are due."

    def arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="every token that has ciphertext")
        which.add_argument("--due", action="store_true", help="those whose next check is due")
        which.add_argument(
            "--id", action="extend", nargs="+", dest="ids", metavar="ID", help="these tokens"
        )

    def run(self, **options: Any) -> int:
        tokens = _chosen(options)
        if not options["ids"]:
            probe_candidates(clock=timezone.now, undue=options["all"])
        with self.progress(tokens.count(), "tokens") as bar:
            checked = check_now(
                tokens=tokens,
                clock=timezone.now,
                progress=bar.advance,
            )
        deliver_alerts(now=timezone.now())
        self.emit(
            {"checked": checked.checked} | asdict(checked),
            f"{checked.checked} tokens checked in {checked.seconds:.1f} s: {checked.valid} work, "
            f"{checked.insufficient} work but lack permission, {checked.failing} refused, "
            f"{checked.inconclusive} could not be checked.",
        )
        if checked.unreadable:
            self.say(
                f"{checked.unreadable} stored tokens could not be opened: is their key missing "
                "from TOKEN_KEYS?"
            )
            return LEFT_UNDONE
        return DONE


def _chosen(options: dict[str, Any]) -> QuerySet[Token]:
    tokens = everything()
    if options["all"]:
        return tokens
    if not options["ids"]:
        return tokens.filter(secret__next_check_at__lte=timezone.now())
    ids = [_id(text) for text in options["ids"]]
    chosen = tokens.filter(pk__in=ids)
    known = set(chosen.values_list("pk", flat=True))
    for token_id in ids:
        if token_id not in known:
            raise InvalidInput(f"{token_id} {_why_not(token_id)}", field="--id")
    return chosen


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise InvalidInput("is not the id of a token", field="--id") from None


def _why_not(token_id: uuid.UUID) -> str:
    if Token.objects.filter(pk=token_id).exists():
        return "has no value here (not held, or destroyed)"
    return "is not known"
