"""Who is told, and why: the owner, then the second contact, then administrators."""

from datetime import date, timedelta

import pytest

from tokens.policy.days import midnight
from tokens.policy.readers import Why, readers
from tokens.policy.reminders import ReminderFacts, readers_of, recipients, recipients_of
from tokens.policy.vocabulary import State

OWN, SECOND, ROOT = "ann@example.com", "bea@example.com", "root@example.com"
ADMINS = [ROOT]
DUE_DAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("owner", "second", "left", "failing", "gone", "told"),
    [
        (OWN, None, 30, False, False, [OWN]),
        (OWN, None, 7, False, False, [OWN]),
        (OWN, None, -1, False, False, [OWN, ROOT]),
        (OWN, SECOND, 30, False, False, [OWN]),
        (OWN, SECOND, 14, False, False, [OWN]),
        (OWN, SECOND, 8, False, False, [OWN]),
        (OWN, SECOND, 7, False, False, [OWN, SECOND]),
        (OWN, SECOND, 1, False, False, [OWN, SECOND]),
        (OWN, SECOND, 0, False, False, [OWN, SECOND]),
        (OWN, SECOND, -1, False, False, [OWN, SECOND, ROOT]),
        (OWN, SECOND, 30, True, False, [OWN, SECOND, ROOT]),
        (OWN, SECOND, 30, False, True, [OWN, SECOND, ROOT]),
        (None, SECOND, 30, False, False, [SECOND, ROOT]),
        (" ", SECOND, 30, False, False, [SECOND, ROOT]),
        (OWN, OWN.upper(), 7, False, False, [OWN]),
        (OWN, ROOT, -7, False, False, [OWN, ROOT]),
        (ROOT, SECOND, -7, False, False, [ROOT, SECOND]),
        (None, None, -7, False, False, [ROOT]),
    ],
)
def test_who_is_told(
    owner: str | None,
    second: str | None,
    left: int,
    failing: bool,
    gone: bool,
    told: list[str],
) -> None:
    found = readers(
        owner=owner,
        second_contact=second,
        administrators=ADMINS,
        days_left=left,
        failing=failing,
        owner_gone=gone,
    )
    assert [each.address for each in found] == told
    assert (
        list(
            recipients(
                owner=owner,
                second_contact=second,
                administrators=ADMINS,
                days_left=left,
                failing=failing,
                owner_gone=gone,
            )
        )
        == told
    )


def test_everybody_is_told_in_the_part_that_concerns_them_most() -> None:
    found = readers(
        owner=ROOT,
        second_contact=SECOND,
        administrators=[SECOND, ROOT, "ops@example.com"],
        days_left=-7,
        failing=False,
    )
    assert [(each.address, each.why) for each in found] == [
        (ROOT, Why.OWNER),
        (SECOND, Why.SECOND_CONTACT),
        ("ops@example.com", Why.ADMINISTRATOR),
    ]


@pytest.mark.parametrize(
    ("gone_from", "told"),
    [
        (None, [OWN, SECOND]),
        (date(2026, 5, 26), [OWN, SECOND]),
        (date(2026, 5, 25), [OWN]),
        (date(2026, 1, 1), [OWN]),
    ],
)
def test_a_second_contact_who_has_left_is_told_nothing(
    gone_from: date | None, told: list[str]
) -> None:
    facts = ReminderFacts(
        State.ACTIVE,
        midnight(DUE_DAY),
        owner=OWN,
        second_contact=SECOND,
        second_gone_from=gone_from,
    )
    now = midnight(DUE_DAY - timedelta(days=7))
    assert list(recipients_of(facts, ADMINS, now)) == told
    assert [each.address for each in readers_of(facts, ADMINS, now)] == told
