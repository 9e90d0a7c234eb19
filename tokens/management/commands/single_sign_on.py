"""single_sign_on: ask the provider, let somebody in by password for a while, unlink an account."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.models import Account
from tokens.policy.sign_on import Refusal
from tokens.services.open_password import close_password, open_password, unlink
from tokens.sign_on.config import configured
from tokens.sign_on.provider import reachable
from tokens.sign_on.refused import Refused

FOUND = {
    Refusal.PROVIDER_AWAY: "It does not answer, or not without an error.",
    Refusal.BAD_ANSWER: "It answers as another issuer than OIDC_ISSUER, or names addresses that"
    " are not https.",
}


class Command(OurCommand):
    help = (
        "check: whether the provider of OIDC_ISSUER answers as it should. open_password: let an"
        " account in by its password although OIDC_ONLY is set. unlink: forget who an account is"
        " at the provider."
    )

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        acts.add_parser("check", help="ask the provider how it describes itself")
        for name in ("open_password", "close_password", "unlink"):
            act = acts.add_parser(name)
            act.add_argument("email", metavar="EMAIL", help="of the account")
            if name == "open_password":
                act.add_argument("--hours", type=int, default=4, help="for how long; 4 by default")

    def run(self, **options: Any) -> int:
        if options["act"] == "check":
            return self._check()
        address = Account.objects.normalize(options["email"])
        account = Account.objects.filter(email=address).first()
        if account is None:
            raise InvalidInput("is no account's", field="EMAIL")
        return self._act(options["act"], account, options)

    def _act(self, act: str, account: Account, options: dict[str, Any]) -> int:
        given: dict[str, Any] = {"account": account, "actor": self.actor, "now": timezone.now()}
        if act == "open_password":
            until = open_password(hours=options["hours"], **given)
            shown = f"{until:%Y-%m-%d %H:%M} UTC"
            self.emit(
                {"email": account.email, "until": until.isoformat()},
                f"{account.email} may sign in by password until {shown}.",
            )
        elif act == "close_password":
            ended = close_password(**given)
            said = "may not sign in by password any more" if ended else "could not anyway"
            self.emit({"email": account.email, "ended": ended}, f"{account.email} {said}.")
        else:
            count = unlink(**given)
            self.emit(
                {"email": account.email, "unlinked": count},
                f"{account.email}: {count} identities forgotten.",
            )
        return DONE

    def _check(self) -> int:
        config = configured()
        if config is None:
            raise InvalidInput("is not set: there is no single sign-on", field="OIDC_ISSUER")
        try:
            keys = reachable(config, timezone.now())
        except Refused as refused:
            self.emit(
                {"issuer": config.issuer, "ok": False, "why": refused.refusal.value},
                f"{config.issuer}: {FOUND[refused.refusal]}",
            )
            return LEFT_UNDONE
        self.emit(
            {"issuer": config.issuer, "ok": True, "keys": keys, "redirect": config.redirect_uri},
            f"{config.issuer} answers and publishes {keys} keys."
            f" It has to know the redirect address {config.redirect_uri}",
        )
        return DONE
