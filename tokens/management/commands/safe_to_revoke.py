"""safe_to_revoke: whether a replaced token may be revoked, why, and how sure that is."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import WrongState
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.lookup import token_named
from tokens.selectors.safe_to_revoke import Switching, switching_of


class Command(OurCommand):
    help = "Say whether a replaced token may be revoked: who has switched, and who was seen."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", metavar="ID", help="the token's id")

    def run(self, **options: Any) -> int:
        token = token_named(options["id"])
        found = switching_of(token, timezone.now())
        if found is None:
            raise WrongState(
                f"It is {token.state}: the question is asked of replaced tokens alone."
            )
        self.emit({"id": str(token.pk)} | _payload(found), _text(found))
        return DONE


def _payload(found: Switching) -> dict[str, Any]:
    finding = found.finding
    return {
        "answer": finding.answer.value,
        "why": finding.reason.value,
        "sentences": [found.words.title, *found.words.because],
        "last_seen_at": finding.last_seen_at and finding.last_seen_at.isoformat(),
        "last_seen_by": finding.last_seen_by and finding.last_seen_by.value,
        "hours_looked": finding.looked,
        "hours_seen": finding.seen,
        "hours": finding.total,
        "consumers": [
            {"name": line.name, "switched_at": line.at and line.at.isoformat(), "by": line.by}
            for line in found.lines
        ],
    }


def _text(found: Switching) -> str:
    lines = [f"[{'x' if line.at else ' '}] {line.name}" for line in found.lines]
    return "\n".join([found.words.title, *found.words.because, *lines])
