"""preferences: how one address is reminded, shown or set."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.models import MailPreference
from tokens.policy.fields import clean_email
from tokens.policy.preferences import MONDAY_TO_SUNDAY, Digest, Preference
from tokens.services.entries import cleaned
from tokens.services.preferences import set_preference

_SHORT = tuple(day[:3].lower() for day in MONDAY_TO_SUNDAY)


class Command(OurCommand):
    help = "Show how an address is reminded, or set it: what is not given stays as it is."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="whom the reminders go to")
        words = ", ".join(word.value for word in Digest)
        parser.add_argument("--digest", metavar="HOW", help=f"one of {words}")
        parser.add_argument("--weekday", metavar="DAY", help="of a weekly digest: mon … sun")
        parser.add_argument("--quiet-days", metavar="DAYS", help="like sat,sun; empty: none")
        parser.add_argument("--zone", metavar="NAME", help="like Europe/Amsterdam; empty: UTC")

    def run(self, **options: Any) -> int:
        address = cleaned(clean_email, options["email"], "EMAIL")
        row = MailPreference.objects.filter(email=address).first() or MailPreference(email=address)
        known, zone = row.preference(), options["zone"]
        given = [options[name] for name in ("digest", "weekday", "quiet_days", "zone")]
        if any(each is not None for each in given):
            known = set_preference(
                email=address,
                digest=known.digest.value if options["digest"] is None else options["digest"],
                weekday=_weekday(options["weekday"], known.weekday),
                quiet=known.quiet
                if options["quiet_days"] is None
                else _days(options["quiet_days"]),
                time_zone=row.time_zone if zone is None else zone,
                actor=self.actor,
                now=timezone.now(),
            )
        self.emit(_payload(address, known), _text(address, known))
        return DONE


def _weekday(text: str | None, known: int) -> int:
    return known if text is None else _day(text, "--weekday")


def _days(text: str) -> set[int]:
    return {_day(word, "--quiet-days") for word in text.split(",") if word.strip()}


def _day(text: str, field: str) -> int:
    word = text.strip().lower()[:3]
    if word not in _SHORT:
        raise InvalidInput("is not a day like mon", field=field)
    return _SHORT.index(word)


def _payload(address: str, known: Preference) -> dict[str, object]:
    weekly = known.digest is Digest.WEEKLY
    return {
        "email": address,
        "digest": known.digest.value,
        "weekday": _SHORT[known.weekday] if weekly else None,
        "quiet_days": [_SHORT[day] for day in sorted(known.quiet)],
        "zone": known.zone,
    }


def _text(address: str, known: Preference) -> str:
    if known == Preference():
        return f"{address}: whenever something is due, from 07:00 UTC on."
    often = {
        Digest.NONE: "whenever something is due",
        Digest.DAILY: "at most once a day",
        Digest.WEEKLY: f"on {MONDAY_TO_SUNDAY[known.weekday]}s",
    }[known.digest]
    quiet = ", ".join(MONDAY_TO_SUNDAY[day] for day in sorted(known.quiet))
    not_on = f", not on {quiet}" if quiet else ""
    return f"{address}: {often}{not_on}, from 07:00 in {known.zone} on."
