"""end_second_factor: let an account in by its password alone, when its second factor is lost."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.models import Account
from tokens.services.second_factor import remove_second_factor


class Command(OurCommand):
    help = (
        "Take the second factor of an account away: when phone and recovery codes are lost, or"
        " DJANGO_SECRET_KEY is another one. Another administrator can do the same under Team."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="of the account")

    def run(self, **options: Any) -> int:
        address = Account.objects.normalize(options["email"])
        found = Account.objects.filter(email=address).first()
        if found is None:
            raise InvalidInput("is no account's", field="EMAIL")
        ended = remove_second_factor(account_id=found.pk, actor=self.actor, now=timezone.now())
        self.emit({"email": ended.email}, f"{ended.email} signs in without a second factor now.")
        return DONE
