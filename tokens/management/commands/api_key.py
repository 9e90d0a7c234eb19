"""api_key: make, list and revoke the keys with which scripts call the API."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.models import ApiKey, Company
from tokens.policy.api_keys import DEFAULT_DAYS, KEYABLE, standing
from tokens.policy.roles import Permission
from tokens.services.api_keys import create_api_key, revoke_api_key


class Command(OurCommand):
    help = "Keys with which scripts call the API. A new one is printed once and kept as a hash."

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, parser_class=type(parser))
        acts.add_parser("list", help="all keys, with what they may and when they end")
        made = acts.add_parser("create", help="make one")
        made.add_argument("name", metavar="NAME", help="which script, on which host")
        made.add_argument(
            "--may",
            action="append",
            default=[],
            choices=[each.value for each in KEYABLE],
            help="beside reading; may be given several times",
        )
        made.add_argument(
            "--company",
            action="append",
            default=[],
            metavar="NAME",
            help="only of this company; may be given several times",
        )
        made.add_argument("--days", type=int, default=DEFAULT_DAYS, help="until it ends")
        ended = acts.add_parser("revoke", help="end one at once")
        ended.add_argument("id", metavar="ID", help="the key's id, as list shows it")

    def run(self, **options: Any) -> int:
        acts: dict[str, Callable[..., None]] = {
            "list": self._list,
            "create": self._create,
            "revoke": self._revoke,
        }
        acts[options["act"]](**options)
        return DONE

    def _list(self, **_: Any) -> None:
        found = [_record(key) for key in ApiKey.objects.all()]
        lines = [
            f"{row['id']}  {row['hint']}  {row['standing']}  until {row['expires_at']:%Y-%m-%d}  "
            f"{row['name']}: {', '.join(row['permissions'])}"
            for row in found
        ]
        self.emit({"keys": found}, "\n".join(lines) or "There is no key.")

    def _create(
        self, *, name: str, may: list[str], days: int, company: list[str], **_: Any
    ) -> None:
        key, plain = create_api_key(
            name=name,
            permissions=[Permission(each) for each in may],
            days=days,
            companies=[_company(each) for each in company],
            actor=self.actor,
            now=timezone.now(),
        )
        self.say(f"It ends on {key.expires_at:%Y-%m-%d} and cannot be shown again.")
        self.emit({**_record(key), "key": plain}, plain)

    def _revoke(self, *, id: str, **_: Any) -> None:  # noqa: A002 - the argument's name
        key = revoke_api_key(key=_named(id), actor=self.actor, now=timezone.now())
        self.emit(_record(key), f"The key {key.name} is refused from now on.")


def _company(name: str) -> UUID:
    found = Company.objects.filter(name=name).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput("is no company's name", field="--company")
    return found


def _record(key: ApiKey) -> dict[str, Any]:
    state = standing(expires_at=key.expires_at, revoked_at=key.revoked_at, now=timezone.now())
    return {
        "id": str(key.pk),
        "name": key.name,
        "hint": key.hint,
        "permissions": key.permissions,
        "companies": key.companies,
        "standing": state.value,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }


def _named(text: str) -> ApiKey:
    try:
        found = ApiKey.objects.filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput("is no key's id", field="ID")
    return found
