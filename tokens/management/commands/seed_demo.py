"""`manage.py seed_demo`: sample data in every state; refuses in production."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.management import base
from tokens.services.seed_demo import Seeded, seed_demo

DEFAULT = 300


class Command(base.Command):
    help = "Make sample tokens in every state, with their past. Refuses in production."

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A refusal must leave production's database as it is.
        self.wants_database = not settings.PRODUCTION

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tokens", type=int, default=DEFAULT, help=f"default {DEFAULT}")

    def run(self, **options: Any) -> int:
        begun = time.monotonic()
        with self.progress(None, "days and checks") as bar:

            def show(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            seeded = seed_demo(
                tokens=options["tokens"], actor=self.actor, now=timezone.now(), progress=show
            )
        facts = {
            "tokens": seeded.tokens,
            "companies": seeded.companies,
            "created": seeded.created,
            "checked": seeded.checked,
            "seconds": round(time.monotonic() - begun, 3),
        }
        self.emit(facts, "\n".join(_lines(seeded)))
        return base.DONE


def _lines(seeded: Seeded) -> list[str]:
    what = f"{seeded.tokens:,} sample tokens in {seeded.companies:,} companies"
    lines = [f"{what}." if seeded.created else f"{what} are there already; nothing was added."]
    if not seeded.checked:
        lines.append(
            "They are never checked: COOLSET_API_URL is not a stand-in on this machine, and "
            "sample values are not sent to Coolset."
        )
    return lines
