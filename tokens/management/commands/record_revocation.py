"""record_revocation: record that somebody revoked a token in Coolset."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.management.lookup import token_named
from tokens.policy.fields import Invalid, parse_moment
from tokens.services.record_revocation import record_revocation


class Command(OurCommand):
    help = "Record that a person revoked a token in Coolset; the next checks prove it."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", metavar="ID", help="the token's id")
        parser.add_argument("--reason", required=True, help="why it was revoked")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who did it in Coolset")
        parser.add_argument("--at", metavar="ISO", help="when, ISO 8601 (UTC unless it says so)")

    def run(self, **options: Any) -> int:
        revocation = record_revocation(
            token=token_named(options["id"]),
            reason=options["reason"],
            by=options["by"],
            at=_moment(options["at"]),
            actor=self.actor,
            now=timezone.now(),
        )
        self.emit(
            {
                "id": str(revocation.token_id),
                "state": "revoked",
                "revocation_proof": revocation.proof,
                "reason": revocation.proof_reason,
                "revoked_at": revocation.revoked_at.isoformat(),
            },
            "Recorded, not proven yet: the next checks of this token will tell.",
        )
        return DONE


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_moment(text or "", field="at")
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field="--at") from None
