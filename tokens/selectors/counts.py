"""How many tokens carry each flag under a query, kept while nothing that they depend on changes."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace

from django.db.models import Count, Q

from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Flag, State
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import any_flag, inventory
from tokens.selectors.kept import Standing, kept
from tokens.selectors.search import Matches
from tokens.selectors.within import tokens_within

#: Flags that come and go within a day by the clock, or by what a check or a report tells without
#: an entry in the audit trail. An ended exception speaks of all the others.
BY_THE_MINUTE = frozenset(
    {Flag.STALE, Flag.UNUSED, Flag.NOT_REVOKED, Flag.COMPANY_MISMATCH, Flag.EXCEPTION_ENDED}
)
BY_THE_DAY = frozenset(Flag) - BY_THE_MINUTE
#: All under the other filters; and of these those that carry one of the flags asked for.
EVERY, MATCHING = "", "matching"


def counts(
    filters: Filters,
    rules: InForce,
    stand: Standing,
    reach: Reach = EVERYTHING,
    named: Matches | None = None,
) -> dict[str, int]:
    """What `inventory.flag_counts` finds, and under "matching" how many tokens the query finds with
    its flags. One query for what is not kept, else none. `named`: see `inventory`."""
    asked = filters.without("flag", "sort"), rules, reach
    groups: dict[Hashable, Collection[str]] = {
        ("day", stand.day, *asked): [EVERY, *sorted(BY_THE_DAY)],
        ("minute", stand.minute, *asked): sorted(BY_THE_MINUTE),
        ("flags", stand.minute, *asked, filters.flag): [MATCHING],
    }
    found: dict[str, int] = {}
    missing = []
    for key in groups:
        if (seen := kept.seen(key)) is None:
            missing.append(key)
        else:
            found |= seen
    if missing:
        names = {name for key in missing for name in groups[key]}
        counted = _counted(names, filters, rules, stand, reach, named)
        for key in missing:
            kept.keep(key, {name: counted[name] for name in groups[key]})
        found |= counted
    return found


def _counted(
    names: Collection[str],
    filters: Filters,
    rules: InForce,
    stand: Standing,
    reach: Reach,
    named: Matches | None,
) -> dict[str, int]:
    """These counts anew, in one query over all that the other filters find."""
    asked = filters.without("flag")
    shown = ~Q(state=State.REVOKED.value) if asked.leaves_out_revoked else Q()
    whole = replace(asked, all_states=True)
    conditions = {
        EVERY: shown,
        MATCHING: any_flag(filters, rules, stand.now) if filters.flag else shown,
        **{flag.value: shown & flagged(flag, rules=rules, now=stand.now) for flag in Flag},
    }
    # Named apart from the columns of the same name, which other flags ask for.
    found = inventory(whole, rules, stand.now, tokens_within(reach), named).aggregate(
        **{f"n_{name}": Count("pk", filter=conditions[name]) for name in names}
    )
    return {name: found[f"n_{name}"] for name in names}
