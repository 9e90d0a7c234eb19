"""erase_company: destroy the stored values of a company."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.models import Company
from tokens.services.erase_company import Erased, erase_company


class Command(OurCommand):
    help = (
        "Destroy the stored values of a company for good. Its tokens stay in the inventory, and in"
        " Coolset they work until somebody revokes them there. Exit 1 where shared values remain."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", metavar="COMPANY", help="its name, as pages show it")
        parser.add_argument("--reason", required=True, help="why; never a value")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who asked for it")
        parser.add_argument(
            "--backups-expire",
            required=True,
            metavar="DATE",
            help="the day on which the last backup made before now is gone (UTC)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would go, no more")

    def run(self, **options: Any) -> int:
        until = _date(options["backups_expire"])
        found = erase_company(
            company=_company(options["company"]),
            reason=options["reason"],
            by=options["by"],
            backups_expire=until,
            actor=self.actor,
            now=timezone.now(),
            dry_run=options["dry_run"],
        )
        payload = {
            "tokens": found.tokens,
            "rotations": found.rotations,
            "in_force": found.in_force,
            "shared": [str(token.pk) for token in found.shared],
            "backups_expire": until,
            "dry_run": options["dry_run"],
        }
        self.emit(payload, "\n".join(_lines(found, until, dry_run=options["dry_run"])))
        return LEFT_UNDONE if found.shared else DONE


def _lines(found: Erased, until: date, *, dry_run: bool) -> Iterator[str]:
    was = "would be destroyed" if dry_run else "destroyed"
    yield f"{found.tokens} stored values {was}, and {found.rotations} waiting in rotations."
    for token in found.shared:
        yield f"Left, since another company has the same value: {token} ({token.pk})"
    yield (
        "Backups made before now still hold them, sealed, and whoever has one and TOKEN_KEYS can"
        f" read them. By what you said the last one is gone on {until.isoformat()}. Restoring one"
        " brings them back: run this command again then."
    )
    if found.in_force:
        yield (
            f"{found.in_force} of them are not recorded as revoked: in Coolset they work until"
            " somebody revokes them there, and nobody can check that here any more."
        )


def _company(name: str) -> Company:
    found = Company.objects.filter(name=name.strip()).first()
    if found is None:
        raise InvalidInput("is not known", field="COMPANY")
    return found


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("is not a date like 2026-12-12", field="--backups-expire") from None
