"""onboard: read one token, say which companies its user belongs to, and take them over."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.models import Token
from tokens.policy.fields import Invalid
from tokens.policy.offers import Offer
from tokens.policy.register import parse_issued_at
from tokens.policy.vocabulary import ACCEPTED, Environment, Scope
from tokens.services.entries import Entry
from tokens.services.intake.look_up import LookedUp, look_up, take_over

LONGEST = 8192


class Command(OurCommand):
    """Exit 1 where Coolset did not accept the value: nothing is taken over then."""

    help = "Read a token from standard input and say which companies its user belongs to."

    def arguments(self, parser: CommandParser) -> None:
        take = parser.add_mutually_exclusive_group()
        take.add_argument("--take-all", action="store_true", help="create or connect all of them")
        take.add_argument(
            "--take", type=int, nargs="+", default=[], metavar="WORKSPACE_ID", help="or these"
        )
        parser.add_argument(
            "--store-for", type=int, metavar="WORKSPACE_ID", help="store the token, for this one"
        )
        parser.add_argument("--integration", default="", help="with --store-for: what uses it")
        words = [word.value for word in Environment]
        parser.add_argument("--environment", choices=words, default=Environment.PRODUCTION.value)
        words = [word.value for word in Scope]
        parser.add_argument("--scope", choices=words, default=Scope.READ.value)
        parser.add_argument("--label", default="")
        parser.add_argument("--owner", default="", metavar="EMAIL")
        parser.add_argument("--issued-at", default="", metavar="DATE", help="ISO 8601")

    def run(self, **options: Any) -> int:
        entry = _entry(options)
        found = look_up(value=sys.stdin.read(LONGEST), actor=self.actor, clock=timezone.now)
        if found.outcome not in ACCEPTED:
            self._told(found, None, f"Nothing was taken over: {found.outcome.value}.")
            return LEFT_UNDONE
        token = take_over(
            found=found,
            companies=None if options["take_all"] else options["take"],
            entry=entry,
            actor=self.actor,
            now=timezone.now(),
        )
        stored = f"Stored as {token.pk}." if token else "The token was not stored."
        self._told(found, token, "\n".join([*map(_line, found.offers), stored]))
        return DONE

    def _told(self, found: LookedUp, token: Token | None, text: str) -> None:
        payload = {
            "outcome": found.outcome.value,
            "complete": found.complete,
            "companies": [
                {"workspace_id": each.number, "name": each.name, "was": each.kind.value}
                for each in found.offers
            ],
            "id": str(token.pk) if token else None,
        }
        self.emit(payload, text)


def _entry(options: dict[str, Any]) -> Entry | None:
    if options["store_for"] is None:
        return None
    if not options["integration"]:
        raise InvalidInput("is needed to store the token", field="--integration")
    try:
        issued_at = parse_issued_at(options["issued_at"], timezone.now())
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field="--issued-at") from None
    return Entry(
        company_name="",
        workspace_id=options["store_for"],
        integration_name=options["integration"],
        environment=options["environment"],
        scope=options["scope"],
        label=options["label"],
        owner_email=options["owner"],
        issued_at=issued_at,
    )


def _line(offer: Offer) -> str:
    return f"{offer.number}  {offer.name or '(no usable name)'}  {offer.kind.value}"
