"""Every state and flag of the product as a small story of one or two tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo.deck import Deck, connector
from tokens.services.seed_demo.names import SILENT
from tokens.services.seed_demo.shape import OpenGuide, Report, Sample, Use
from tokens.services.seed_demo.stories_compromised import COMPROMISED
from tokens.services.seed_demo.stories_exceptions import EXCEPTED
from tokens.services.seed_demo.stories_people import PEOPLE
from tokens.services.seed_demo.stories_refused import REFUSED
from tokens.services.seed_demo.stories_replaced import REPLACED, SAFE

Story = Callable[[Deck], list[Sample]]


def _aged(age: int) -> Story:
    return lambda deck: [deck.sample(deck.place(), age=age)]


def _overdue_warehouse(deck: Deck) -> list[Sample]:
    return [deck.sample(deck.place(connector=connector("BI warehouse")), age=102)]


def _lost_permission(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(connector=connector("Carbon ledger"), scope="admin"), age=21)
    sample.turns(deck.day(12, 15, 40), Outcome.FORBIDDEN)
    return [sample]


def _never_had_permission(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(environment="development"), age=21)
    sample.turns(sample.stored_at, Outcome.FORBIDDEN)
    return [sample]


def _behind_a_firewall(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(), age=50)
    sample.turns(deck.day(3, 16, 40), Outcome.UNUSABLE)
    return [sample]


def _bad_days(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(), age=44)
    sample.turns(deck.day(9, 2, 0), Outcome.UNREACHABLE)
    sample.turns(deck.day(7, 2, 0), Outcome.VALID)
    return [sample]


def _silent_reporter(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(connector=SILENT), age=74)
    sample.use = Use.HIDDEN
    sample.acts = [Report(deck.day(days, 5, 40)) for days in (68, 61, 54, 47, 40)]
    return [sample]


def _nobody_calls(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(connector=connector("Audit exports")), age=70)
    sample.use = Use.QUIET
    return [sample]


def _two_integrations(deck: Deck) -> list[Sample]:
    company = deck.own_company(connector("BI warehouse"), connector("Data lake"))
    first = deck.sample(deck.place(company, connector("BI warehouse"), scope="read"), age=40)
    second = deck.sample(deck.place(company, connector("Data lake"), scope="read"), age=40)
    return _share(first, second)


def _both_environments(deck: Deck) -> list[Sample]:
    erp = connector("ERP sync")
    company = deck.own_company(erp)
    first = deck.sample(deck.place(company, erp, scope="write"), age=33)
    second = deck.sample(deck.place(company, erp, "development", scope="write"), age=33)
    return _share(first, second)


def _share(first: Sample, second: Sample) -> list[Sample]:
    second.value, second.shares = first.value, first
    second.stored_at = first.stored_at + timedelta(hours=1)
    second.imported = False
    return [first, second]


def _names_another_company(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(deck.recorded_company()), age=27)
    others = [each for each in deck.companies if each != sample.place.company]
    sample.seen_workspace_id = others[0].workspace_id if others else 1
    return [sample]


def _not_in_the_list(deck: Deck) -> list[Sample]:
    """The answer names no company, and the user's list lacks the recorded one."""
    company = deck.recorded_company()
    sample = deck.sample(deck.place(company), age=18)
    sample.seen_workspace_id = None
    others = tuple(each for each in deck.companies if each != company)[:11]
    sample.listed = others
    return [sample]


def _nobody_owns_it(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(environment="development"), age=30)
    sample.owner = ""
    return [sample]


def _of_unknown_age(stored: int) -> Story:
    return lambda deck: [deck.sample(deck.place(), age=None, stored=stored)]


def _not_held(age: int | None, stored: int) -> Story:
    def tell(deck: Deck) -> list[Sample]:
        sample = deck.sample(deck.place(), age=age, stored=stored)
        sample.value = None
        return [sample]

    return tell


def _guide_is_open(deck: Deck) -> list[Sample]:
    sample = deck.sample(deck.place(connector=connector("Customs export")), age=84)
    sample.acts = [OpenGuide(deck.hours_ago(5, 35))]
    return [sample]


#: In the order in which they are told where only a few tokens are asked for.
STORIES: tuple[Story, ...] = (
    *REFUSED,
    _overdue_warehouse,
    *REPLACED,
    _aged(87),
    _lost_permission,
    _not_held(66, 60),
    _nobody_owns_it,
    _behind_a_firewall,
    _of_unknown_age(6),
    _two_integrations,
    _both_environments,
    _names_another_company,
    _silent_reporter,
    _guide_is_open,
    _not_in_the_list,
    _nobody_calls,
    _aged(91),
    _aged(90),
    _aged(82),
    _not_held(None, 9),
    _never_had_permission,
    _bad_days,
    _aged(79),
    _aged(110),
    _not_held(48, 48),
    _of_unknown_age(3),
    _aged(76),
    *PEOPLE,
    *COMPROMISED,
    *EXCEPTED,
    *SAFE,
)
