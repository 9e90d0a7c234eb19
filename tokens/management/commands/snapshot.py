"""snapshot: count today's share within policy, unless it is counted already."""

from typing import Any

from django.utils import timezone

from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.policy.compliance import share_sentence
from tokens.services.take_snapshot import take_snapshot


class Command(OurCommand):
    help = "Count how many tokens of each company keep the policy today (UTC), once a day."

    def run(self, **options: Any) -> int:
        found = take_snapshot(now=timezone.now(), actor=self.actor)
        words = "Counted" if found.taken else "Counted already, and left as it is"
        tally = found.tally
        self.emit(
            {
                "day": found.day.isoformat(),
                "taken": found.taken,
                "companies": found.companies,
                "active": tally.active,
                "counted": tally.counted,
                "within": tally.within,
                "out_of_policy": tally.out_of_policy,
                "unknown_age": tally.unknown_age,
                "not_held": tally.not_held,
                "excepted": tally.excepted,
            },
            f"{words}: {found.day}, {found.companies} companies. {share_sentence(tally)}",
        )
        return DONE
