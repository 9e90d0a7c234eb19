"""Which policy holds for a token and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest

from tokens.policy.book import BASE, Book, Place, PolicyFacts, book_of
from tokens.policy.fields import Invalid
from tokens.policy.numbers import (
    check_numbers,
    check_thresholds,
    parse_thresholds,
    shorter_than_a_rotation,
)
from tokens.policy.settings import DEFAULT, Rules

ACME, BETA = UUID(int=1), UUID(int=2)
PORTAL, BI = UUID(int=11), UUID(int=12)
HERE = Place(ACME, PORTAL, "production", "admin")


def named(number: int, name: str, days: int, **place: object) -> PolicyFacts:
    words = {
        "company_name": "Acme GmbH" if place.get("company") else "",
        "integration_name": "Supplier portal" if place.get("integration") else "",
    }
    return PolicyFacts(number, name, Rules(rotate_days=days), **place, **words)  # type: ignore[arg-type]


ADMIN = named(2, "Admin scope", 30, scope="admin")
AT_ACME = named(3, "Acme", 45, company=ACME)
OF_PORTAL = named(4, "Portal", 60, integration=PORTAL)
PRODUCTION = named(5, "Production", 75, environment="production")
ACME_ADMIN = named(6, "Acme admins", 20, company=ACME, scope="admin")
PORTAL_PRODUCTION = named(7, "Portal live", 25, integration=PORTAL, environment="production")
ALL_FOUR = named(
    8, "One place", 7, company=ACME, integration=PORTAL, environment="production", scope="admin"
)
BY_HAND = named(9, "Legacy", 180)
ELSEWHERE = named(10, "Beta", 10, company=BETA)
BOOK = Book(DEFAULT, (ADMIN, BY_HAND, ELSEWHERE))


@pytest.mark.parametrize(
    ("others", "policy", "days"),
    [
        ([], None, 90),
        ([ELSEWHERE], None, 90),
        ([BY_HAND], None, 90),
        ([ADMIN], 2, 30),
        ([ADMIN, PRODUCTION], 2, 30),
        ([ADMIN, AT_ACME], 3, 45),
        ([AT_ACME, OF_PORTAL], 4, 60),
        ([ADMIN, AT_ACME, OF_PORTAL, PRODUCTION], 4, 60),
        ([OF_PORTAL, ACME_ADMIN], 6, 20),
        ([ACME_ADMIN, PORTAL_PRODUCTION], 7, 25),
        ([PORTAL_PRODUCTION, ALL_FOUR, ADMIN], 8, 7),
        ([BY_HAND, ELSEWHERE, ADMIN], 2, 30),
    ],
)
def test_the_most_specific_policy_wins_in_whatever_order_they_come(
    others: list[PolicyFacts], policy: int | None, days: int
) -> None:
    for order in permutations(others):
        choice = Book(DEFAULT, order).chosen(HERE)
        assert (choice.policy, choice.rules.rotate_days, choice.by_hand) == (policy, days, False)


@pytest.mark.parametrize(
    ("place", "fits"),
    [
        (HERE, True),
        (replace(HERE, scope="read"), False),
        (replace(HERE, environment="development"), False),
        (replace(HERE, company=BETA), False),
        (replace(HERE, integration=BI), False),
    ],
)
def test_a_policy_fits_what_has_all_that_it_names(place: Place, *, fits: bool) -> None:
    assert ALL_FOUR.fits(place) is fits
    assert not BY_HAND.fits(place)


def test_a_choice_by_hand_beats_every_place() -> None:
    book = Book(DEFAULT, (ALL_FOUR, BY_HAND))
    choice = book.chosen(HERE, assigned=9)
    assert (choice.policy, choice.rules.rotate_days, choice.by_hand) == (9, 180, True)
    base = book.chosen(HERE, assigned=BASE)
    assert (base.policy, base.rules, base.by_hand) == (None, DEFAULT, True)
    assert base.why == "90 days: the base policy was chosen for this token by hand."


def test_a_choice_of_a_policy_that_is_gone_counts_no_more() -> None:
    assert BOOK.chosen(HERE, assigned=77).policy == 2


@pytest.mark.parametrize(
    ("book", "assigned", "why"),
    [
        (Book(), None, "90 days: the base policy, which applies to all tokens."),
        (
            Book(DEFAULT, (ELSEWHERE,)),
            None,
            "90 days: the base policy, since no other one applies to this token.",
        ),
        (
            BOOK,
            None,
            (
                "30 days: policy “Admin scope” applies to admin tokens; it is more specific than "
                "the base policy of 90 days."
            ),
        ),
        (
            Book(DEFAULT, (ADMIN, ACME_ADMIN)),
            None,
            (
                "20 days: policy “Acme admins” applies to admin tokens at Acme GmbH; it is more "
                "specific than “Admin scope” of 30 days."
            ),
        ),
        (
            Book(DEFAULT, (OF_PORTAL, AT_ACME)),
            None,
            (
                "60 days: policy “Portal” applies to tokens of Supplier portal; it goes before "
                "“Acme” of 45 days."
            ),
        ),
        (BOOK, 9, "180 days: policy “Legacy” was chosen for this token by hand."),
    ],
)
def test_the_reason_is_a_sentence(book: Book, assigned: int | None, why: str) -> None:
    assert book.chosen(HERE, assigned).why == why


@pytest.mark.parametrize(
    ("policy", "about"),
    [
        (ADMIN, "admin tokens"),
        (ALL_FOUR, "production admin tokens of Supplier portal at Acme GmbH"),
        (BY_HAND, "tokens it was chosen for"),
    ],
)
def test_what_a_policy_is_for_in_words(policy: PolicyFacts, about: str) -> None:
    assert policy.about == about


def test_numbers_are_found_by_policy_and_the_base_stands_in() -> None:
    assert BOOK.of(2).rotate_days == 30
    assert [BOOK.of(each) for each in (None, BASE, 77)] == [DEFAULT] * 3
    assert book_of(DEFAULT) == Book(DEFAULT)
    assert book_of(BOOK) is BOOK


def test_a_proposal_takes_the_place_of_what_has_its_number() -> None:
    shorter = replace(ADMIN, rules=Rules(rotate_days=10))
    assert BOOK.with_proposal(shorter).chosen(HERE).rules.rotate_days == 10
    assert BOOK.without(2).chosen(HERE).policy is None
    base = BOOK.with_proposal(PolicyFacts(BASE, "", Rules(rotate_days=365)))
    assert (base.base.rotate_days, base.others) == (365, BOOK.others)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("30, 14, 7, 1, 0", (30, 14, 7, 1, 0)),
        ("0 7,7 , 14", (14, 7, 0)),
        ("3650", (3650,)),
    ],
)
def test_days_left_are_read_in_any_order(text: str, found: tuple[int, ...]) -> None:
    assert parse_thresholds(text) == found


@pytest.mark.parametrize("text", ["", " , ", "7; 1", "-7", "seven", "3651", "9" * 40, "²"])
def test_what_are_no_days_left_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_thresholds(text)
    assert caught.value.field == "thresholds"


def test_there_are_at_most_twelve() -> None:
    assert len(parse_thresholds(" ".join(map(str, range(12))))) == 12
    with pytest.raises(Invalid):
        parse_thresholds(" ".join(map(str, range(13))))


@pytest.mark.parametrize(
    ("days", "thresholds", "fine"),
    [(30, (14, 7), True), (30, (30, 14), False), (30, (29,), True), (1, (0,), True)],
)
def test_nobody_is_reminded_on_the_day_of_a_rotation(
    days: int, thresholds: tuple[int, ...], *, fine: bool
) -> None:
    rules = Rules(rotate_days=days, thresholds=thresholds)
    if fine:
        check_thresholds(rules)
    else:
        with pytest.raises(Invalid):
            check_thresholds(rules)


def test_the_base_thresholds_as_far_as_they_fit() -> None:
    assert shorter_than_a_rotation((30, 14, 7, 1, 0), 30) == (14, 7, 1, 0)
    assert shorter_than_a_rotation((30, 14), 5) == (0,)


def test_numbers_without_sense_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        check_numbers(
            {"rotate_days": 10, "warn_days": 11, "unused_days": 1, "stale_hours": 1,
             "overlap_days": 0}
        )  # fmt: skip
    assert caught.value.field == "warn_days"
