"""person: record that somebody leaves, has left, or stays."""

from datetime import date
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.models import Person
from tokens.policy.register import clean_email
from tokens.selectors.people import people
from tokens.services.entries import cleaned
from tokens.services.leaving import set_leaving


class Command(OurCommand):
    help = "Record that a person who owns or created tokens leaves, has left, or stays after all."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="the person's e-mail")
        when = parser.add_mutually_exclusive_group(required=True)
        when.add_argument("--leaving-on", metavar="DATE", help="the last day with access (UTC)")
        when.add_argument("--left", metavar="DATE", help="the day on which they had left (UTC)")
        when.add_argument("--stays", action="store_true", help="neither: undo what was recorded")

    def run(self, **options: Any) -> int:
        person = set_leaving(
            person=_person(options["email"]),
            leaving_on=_date(options["leaving_on"], "--leaving-on"),
            left_on=_date(options["left"], "--left"),
            actor=self.actor,
            now=timezone.now(),
        )
        found = people().get(pk=person.pk)
        owned, created = (getattr(found, f"tokens_{name}") for name in ("owned", "created"))
        self.emit(
            {
                "email": person.email,
                "leaving_on": person.leaving_on,
                "left_on": person.left_on,
                "owned": owned,
                "created": created,
            },
            f"Recorded. In force: {owned} owned to reassign, {created} created to rotate.",
        )
        return DONE


def _person(text: str) -> Person:
    address = cleaned(clean_email, text, "EMAIL")
    found = people().filter(email=address).first()
    if found is None:
        raise InvalidInput("owns and created no token", field="EMAIL")
    return found


def _date(text: str | None, field: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("is not a date like 2026-12-12", field=field) from None
