"""The inventory in figures for machines: how many tokens, in which state, under which flag.

One grouped query over the tokens, one over the keys that they are sealed to. No names of people,
no hints: a label is a word of the vocabulary, the id of a key, or, where it is asked for, the name
of a company.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from tokens.models import Company, Snapshot, Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce
from tokens.policy.vocabulary import Flag, State

#: Stands for all companies beyond those that are named.
OTHERS = "(others)"
#: So many ids of keys at most; there are two while keys are changed.
MOST_KEYS = 20
STANDINGS = ("within", "out_of_policy", "unknown_age", "not_held", "excepted")
IN_FORCE = (State.ACTIVE.value, State.REPLACED.value)


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric: `samples` are values of `labels` and a number each."""

    name: str
    help: str
    samples: tuple[tuple[tuple[str, ...], float], ...]
    labels: tuple[str, ...] = ()
    counter: bool = False


def one(name: str, help_text: str, value: float | None) -> Figure:
    """A metric without labels; one without a value has no sample."""
    return Figure(name, help_text, () if value is None else (((), value),))


@dataclass(slots=True)
class _Counts:
    """Of one company, or of all."""

    states: Counter[str]
    flags: Counter[str]

    @classmethod
    def none(cls) -> _Counts:
        return cls(Counter(), Counter())

    def take(self, row: Mapping[str, Any]) -> None:
        self.states[row["state"]] += row["number"]
        for flag in Flag:
            self.flags[flag.value] += row[f"flag_{flag.value}"]


def inventory_figures(rules: InForce, now: datetime, *, companies: int = 0) -> list[Figure]:
    """Tokens by state, flag and key; of the `companies` with the most tokens in force by name."""
    rows = _grouped(rules, now)
    everything = _Counts.none()
    for row in rows:
        everything.take(row)
    found = [
        Figure(
            "coolset_tokens",
            "Tokens by state.",
            tuple(((state.value,), everything.states[state.value]) for state in State),
            ("state",),
        ),
        Figure(
            "coolset_tokens_flagged",
            "Tokens that carry a flag; one may carry several.",
            tuple(((flag.value,), everything.flags[flag.value]) for flag in Flag),
            ("flag",),
        ),
        _sealed(),
        _standing(),
    ]
    return [*found, *(_by_company(rows, companies) if companies else ())]


def _grouped(rules: InForce, now: datetime) -> list[dict[str, Any]]:
    """How many tokens of each company and state, and how many of those under each flag."""
    counts = {
        f"flag_{flag.value}": Count("pk", filter=flagged(flag, rules=rules, now=now))
        for flag in Flag
    }
    grouped = Token.objects.order_by().values("company_id", "state")
    return [{**row} for row in grouped.annotate(number=Count("pk"), **counts)]


def _sealed() -> Figure:
    grouped = Token.objects.filter(sealed__isnull=False).order_by().values_list("key_id")
    counted = grouped.annotate(number=Count("pk")).order_by("-number", "key_id")
    samples = tuple(((key,), float(number)) for key, number in counted[:MOST_KEYS])
    return Figure("coolset_tokens_sealed", "Stored values by the key they need.", samples, ("key",))


def _standing() -> Figure:
    """As it was counted last: once a day, so that the page and this say the same."""
    row = Snapshot.objects.filter(company=None).order_by("-day").first()
    samples = () if row is None else tuple(((w,), float(getattr(row, w))) for w in STANDINGS)
    return Figure(
        "coolset_policy_tokens", "Active tokens by standing, counted daily.", samples, ("standing",)
    )


def _by_company(rows: Iterable[Mapping[str, Any]], most: int) -> list[Figure]:
    counts: dict[UUID, _Counts] = {}
    for row in rows:
        counts.setdefault(row["company_id"], _Counts.none()).take(row)
    ranked = sorted(counts, key=lambda each: (-_in_force(counts[each]), each))
    names = dict(Company.objects.filter(pk__in=ranked[:most]).values_list("pk", "name"))
    named: dict[str, _Counts] = {}
    for company in ranked:
        mine = named.setdefault(names.get(company, OTHERS), _Counts.none())
        mine.states.update(counts[company].states)
        mine.flags.update(counts[company].flags)
    return [
        _company_figure("state", named, lambda each: each.states),
        _company_figure("flag", named, lambda each: each.flags),
    ]


def _in_force(counts: _Counts) -> int:
    return sum(counts.states[state] for state in IN_FORCE)


def _company_figure(label: str, named: Mapping[str, _Counts], of: Any) -> Figure:
    """Zeros are left out: most companies carry few flags."""
    samples = tuple(
        ((name, word), float(number))
        for name, counts in named.items()
        for word, number in sorted(of(counts).items())
        if number
    )
    return Figure(
        f"coolset_company_tokens_by_{label}", f"Tokens of a company by {label}.", samples,
        ("company", label),
    )  # fmt: skip
