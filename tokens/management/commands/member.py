"""member: give, end and list the roles that accounts have in single companies."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.models import Company, Membership
from tokens.policy.vocabulary import CompanyRole
from tokens.services.accounts import named_account
from tokens.services.memberships import end_role, give_role


class Command(OurCommand):
    help = "Roles of accounts in single companies."

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, parser_class=type(parser))
        acts.add_parser("list", help="who is what in which company")
        given = acts.add_parser("give", help="give a role, in the place of the one before")
        ended = acts.add_parser("end", help="end whatever role there is")
        for each in (given, ended):
            each.add_argument("email", metavar="EMAIL", help="the account's e-mail")
            each.add_argument("company", metavar="COMPANY", help="the company's exact name")
        words = [role.value for role in CompanyRole]
        given.add_argument("role", metavar="ROLE", choices=words, help=", ".join(words))

    def run(self, **options: Any) -> int:
        acts: dict[str, Callable[..., None]] = {
            "list": self._list,
            "give": self._give,
            "end": self._end,
        }
        acts[options["act"]](**options)
        return DONE

    def _list(self, **_: Any) -> None:
        rows = Membership.objects.order_by("company__name", "account__email")
        columns = ("company__name", "account__email", "role")
        found = [
            {"company": company, "email": email, "role": role}
            for company, email, role in rows.values_list(*columns)
        ]
        lines = [f"{row['company']}: {row['email']} is {row['role']}" for row in found]
        self.emit({"members": found}, "\n".join(lines) or "Nobody has a role in a company.")

    def _give(self, *, email: str, company: str, role: str, **_: Any) -> None:
        given = give_role(
            company=_company(company),
            email=email,
            role=CompanyRole(role),
            actor=self.actor,
            now=timezone.now(),
        )
        told = {"company": company, "email": given.account.email, "role": given.role}
        self.emit(told, f"{told['email']} is {role} of {company} from now on.")

    def _end(self, *, email: str, company: str, **_: Any) -> None:
        account = end_role(
            company=_company(company),
            account_id=named_account(email).pk,
            actor=self.actor,
            now=timezone.now(),
        )
        told = {"company": company, "email": account.email, "role": ""}
        self.emit(told, f"{account.email} has no role in {company} any more.")


def _company(name: str) -> Company:
    found = Company.objects.filter(name=name).first()
    if found is None:
        raise InvalidInput("is no company's name", field="COMPANY")
    return found
