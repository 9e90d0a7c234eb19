"""Hands out what stories are made of: companies, free places, moments, values."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tokens.policy.days import midnight, utc_day
from tokens.services.seed_demo.names import CONNECTORS, CREATORS, DOMAIN, Connector
from tokens.services.seed_demo.shape import Place, Sample, Workspace

#: The sample instance is this old: what was issued before was imported on its first day.
HISTORY_DAYS = 100
#: Drawing so often in vain means that there is none.
TRIES = 1000
SCOPES = ("read", "write")


class Deck:
    """`mint` makes a value at run time from a prefix; everything else repeats with the seed."""

    def __init__(
        self,
        *,
        rng: random.Random,
        now: datetime,
        companies: Sequence[Workspace],
        mint: Callable[[str], str],
    ) -> None:
        self.rng, self.now, self.companies = rng, now, companies
        self.begun = self.day(HISTORY_DAYS, 10, 20)
        self._mint = mint
        self._dealt = 0
        self._taken: set[Place] = set()
        self._used: set[tuple[Workspace, Connector]] = set()

    def own_company(self, *connectors: Connector) -> Workspace:
        """The next company in turn, so that the stories of refusals do not get mixed up; one in
        which none of these integrations has a token yet, as long as there is such a company."""
        for _ in self.companies:
            company = self.companies[self._dealt % len(self.companies)]
            self._dealt += 1
            if not any((company, each) in self._used for each in connectors):
                break
        return company

    def recorded_company(self) -> Workspace:
        """The next company in turn whose workspace id is recorded: only those can differ."""
        return next(each for each in iter(self.own_company, None) if each.recorded)

    def day(self, days_ago: int, hour: int = 9, minute: int = 30) -> datetime:
        """A moment of the UTC day so many days ago."""
        day = midnight(utc_day(self.now) - timedelta(days=days_ago))
        return day + timedelta(hours=hour, minutes=minute)

    def hours_ago(self, hours: int, minute: int) -> datetime:
        """That minute of the hour so many hours ago."""
        hour = self.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
        return hour + timedelta(minutes=minute)

    def place(
        self,
        company: Workspace | None = None,
        connector: Connector | None = None,
        environment: str = "production",
        scope: str = "",
    ) -> Place:
        """A place that no other sample has; what is not given is drawn.

        Raises LookupError where all that were asked for are taken: a flaw in the plan.
        """
        for _ in range(TRIES):
            place = Place(
                company or self._any_company(),
                connector or self.rng.choice(CONNECTORS),
                environment,
                scope or self.rng.choice(SCOPES),
            )
            if place not in self._taken:
                self._taken.add(place)
                self._used.add((place.company, place.connector))
                return place
            scope = ""
        raise LookupError("there is no free place for a sample")

    def sample(self, place: Place, *, age: int | None, stored: int | None = None) -> Sample:
        """A token issued `age` days ago (None: nobody knows), stored then, or `stored` days ago."""
        issued = None if age is None else self.day(age, 0, 0)
        days = min(HISTORY_DAYS, age or 0) if stored is None else stored
        at = max(self.begun, self.day(days, 8, 30))
        return Sample(
            place,
            issued_at=issued,
            stored_at=min(at, self.now - timedelta(hours=2)),
            value=self.value(place.environment),
            owner=place.connector.owner,
            created_by=self.rng.choice(CREATORS),
            imported=at == self.begun,
            seen_workspace_id=place.company.workspace_id,
        )

    def value(self, environment: str) -> str:
        """A fresh value in the vendor's shape."""
        return self._mint("sk_" + ("live_" if environment == "production" else "test_"))

    def person(self) -> str:
        """Somebody who does things in Coolset."""
        return self.rng.choice(CREATORS)

    def _any_company(self) -> Workspace:
        # Few companies have many tokens, many have few.
        share = self.rng.random() ** 1.6
        return self.companies[int(share * len(self.companies))]


def connector(name: str) -> Connector:
    """The integration of that name."""
    return next(each for each in CONNECTORS if each.name == name)


FINANCE = f"finance-it@{DOMAIN}"
