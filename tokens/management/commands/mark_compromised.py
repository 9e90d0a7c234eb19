"""mark_compromised: record that somebody else may have a token's value."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.lookup import token_named
from tokens.services.compromise import mark_compromised
from tokens.services.deliver import deliver_alerts


class Command(OurCommand):
    help = "Record that somebody else may have a token's value, and mail whoever has to know."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", metavar="ID", help="the token's id")
        parser.add_argument("--reason", required=True, help="what happened; never the value")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who says so")

    def run(self, **options: Any) -> int:
        token = token_named(options["id"])
        now = timezone.now()
        compromise = mark_compromised(
            token=token, reason=options["reason"], by=options["by"], actor=self.actor, now=now
        )
        mailed = deliver_alerts(now=timezone.now())
        token.refresh_from_db()
        self.emit(
            {
                "id": str(token.pk),
                "compromised_at": compromise.recorded_at.isoformat(),
                "due_at": token.due_at.isoformat(),
                "sent": mailed.sent,
                "failed": mailed.failed,
            },
            f"Recorded, and {mailed.sent} alerts mailed. Rotate it, deploy, and revoke it in "
            "Coolset now; then record_revocation.",
        )
        return DONE
