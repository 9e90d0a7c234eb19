"""Each flag's query says the same as its pure rule, at and around every boundary."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import BooleanField, Case, Value, When
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.selectors import build
from tests.selectors.build import Facts
from tokens.models import Integration, Policy, Token
from tokens.models.flag_queries import FLAG_QUERIES, flagged
from tokens.policy.book import Book, InForce, PolicyFacts, book_of
from tokens.policy.days import utc_day
from tokens.policy.exceptions import MAY_BE_EXCEPTED
from tokens.policy.flags import FLAG_RULES
from tokens.policy.logs import FRESH
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Environment, Flag, Health, Proof, State
from tokens.selectors.facts import rows

MICRO = timedelta(microseconds=1)
RULES = [Rules(), Rules(rotate_days=30, warn_days=0, unused_days=1, stale_hours=1, overlap_days=0)]
#: Policy 2 differs in every number, 3 in one, and 4 in none.
BOOK = Book(
    RULES[0],
    (
        PolicyFacts(2, "Short", RULES[1]),
        PolicyFacts(3, "Soon", Rules(warn_days=0)),
        PolicyFacts(4, "Same", RULES[0]),
    ),
)
IN_FORCE: list[InForce] = [*RULES, BOOK]
NOWS = [
    datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    datetime(2026, 11, 24, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
]

CLOSED = "Closed Ltd"
#: Days from today to the last day of access, and to the day on which somebody had left.
GOING: dict[str, tuple[int | None, int | None]] = {
    "leaves.today@acme.example": (0, None),
    "left.yesterday@acme.example": (-1, None),
    "left.today@acme.example": (None, 0),
    "leaves.later@acme.example": (5, None),
    "left.before@acme.example": (1, -1),
}


def moments(now: datetime, rules: Rules) -> st.SearchStrategy[datetime]:
    """Moments at, just before and just after all that a rule could measure by."""
    spans = [
        timedelta(),
        timedelta(hours=rules.stale_hours),
        timedelta(days=rules.unused_days),
        FRESH,
        timedelta(days=rules.overlap_days),
        timedelta(days=400),
        timedelta(days=-1),
    ]
    return st.sampled_from(
        [now - span + step for span in spans for step in (-MICRO, 0 * MICRO, MICRO)]
    )


def midnights(now: datetime, rules: Rules) -> st.SearchStrategy[datetime]:
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    days = [-400, -1, 0, 1, rules.warn_days - 1, rules.warn_days, rules.warn_days + 1, 90]
    return st.sampled_from([today + timedelta(days=day) for day in days])


def exceptions(now: datetime) -> st.SearchStrategy[dict[str, date]]:
    """None mostly, else several flags excepted until around today."""
    days = st.sampled_from([utc_day(now) + timedelta(days=day) for day in (-9, -1, 0, 1, 30)])
    names = st.sampled_from(sorted(flag.value for flag in MAY_BE_EXCEPTED))
    return st.just({}) | st.dictionaries(names, days, max_size=8)


@st.composite
def cases(draw: st.DrawFn) -> tuple[datetime, InForce, list[tuple[Facts, bool]]]:
    now, in_force = draw(st.sampled_from(NOWS)), draw(st.sampled_from(IN_FORCE))
    # The boundaries of one policy; the others' own lie beyond or before them.
    rules = book_of(in_force).of(draw(st.sampled_from([None, 2])))
    some = moments(now, rules)
    maybe = st.none() | some

    @st.composite
    def facts(draw: st.DrawFn) -> Facts:
        state = draw(st.sampled_from(State))
        return Facts(
            environment=draw(st.sampled_from(Environment)).value,
            state=state,
            company=draw(st.sampled_from(["Acme GmbH", CLOSED])),
            owner=draw(st.sampled_from([None, "owner@acme.example", *GOING])),
            created_by=draw(st.sampled_from([None, "owner@acme.example", *GOING])),
            permission_lost_at=draw(maybe),
            issued_at=draw(maybe),
            stored_at=draw(some),
            due_at=draw(midnights(now, rules)),
            replaced_at=draw(some),
            company_mismatch=draw(st.booleans()),
            held=draw(st.booleans()),
            health=draw(st.sampled_from(Health)),
            last_accepted_at=draw(maybe),
            last_conclusive_at=draw(maybe),
            last_used_at=draw(maybe),
            headers_live_until=draw(maybe),
            logs_cover_since=draw(maybe),
            logs_cover_until=draw(maybe),
            is_shared=draw(st.booleans()),
            mixes_environments=draw(st.booleans()),
            compromised_at=draw(maybe),
            excepted=draw(exceptions(now)),
            policy=draw(st.sampled_from([None, 2, 3, 4])),
            proof=draw(st.sampled_from(Proof)) if state is State.REVOKED else Proof.NONE,
        )

    return now, in_force, draw(st.lists(st.tuples(facts(), st.booleans()), min_size=1, max_size=6))


def store(made: list[tuple[Facts, bool]], now: datetime) -> None:
    for one in BOOK.others:
        Policy.objects.create(pk=one.id, name=one.name)
    build.company(CLOSED, workspace_type="inactive")
    today = utc_day(now)
    for email, (leaving, left) in GOING.items():
        build.person(
            email,
            leaving_on=None if leaving is None else today + timedelta(days=leaving),
            left_on=None if left is None else today + timedelta(days=left),
        )
    reporting = build.integration("Reports use", first_reported_at=build.NOW)
    for place, (facts, reports) in enumerate(made):
        facts.label = str(place)
        facts.integration = reporting.name if reports else "Supplier portal"
        build.token(facts)


def by_query(rules: InForce, now: datetime) -> dict[object, set[Flag]]:
    columns = {
        flag.value: Case(
            When(flagged(flag, rules=rules, now=now), then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
        for flag in Flag
    }
    found = Token.objects.annotate(**{f"is_{name}": case for name, case in columns.items()})
    return {
        values["id"]: {flag for flag in Flag if values[f"is_{flag.value}"]}
        for values in found.values("id", *(f"is_{name}" for name in columns))
    }


@pytest.mark.django_db
@given(case=cases())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_query_says_what_its_rule_says(
    case: tuple[datetime, InForce, list[tuple[Facts, bool]]],
) -> None:
    now, rules, made = case
    with transaction.atomic():
        store(made, now)
        queried = by_query(rules, now)
        pure = {
            row.id: {Flag(word) for word in row.flags}
            for row in rows(Token.objects.all(), rules, now)
        }
        transaction.set_rollback(True)
    assert queried == pure
    assert len(pure) == len(made)


def test_every_flag_has_a_rule_and_a_query() -> None:
    assert set(FLAG_QUERIES) == set(FLAG_RULES) == set(Flag)


@pytest.mark.django_db
@pytest.mark.parametrize("flag", Flag)
def test_no_flag_is_beyond_the_reach_of_the_random_rows(flag: Flag) -> None:
    """Guards the test above: each flag can stand and can be absent with the facts it draws."""
    stands = {
        Flag.COMPROMISED: Facts(compromised_at=build.NOW),
        Flag.EXPIRING: Facts(due_at=build.NOW.replace(hour=0, minute=0)),
        Flag.OVERDUE: Facts(issued_at=build.ago(days=92)),
        Flag.FAILING: Facts(health=Health.FAILING, last_accepted_at=None),
        Flag.UNRECORDED_REVOCATION: Facts(health=Health.FAILING),
        Flag.INSUFFICIENT: Facts(health=Health.INSUFFICIENT),
        Flag.UNUSED: Facts(
            issued_at=build.ago(days=40),
            stored_at=build.ago(days=40),
            headers_live_until=build.ago(days=-1),
        ),
        Flag.STALE: Facts(last_conclusive_at=build.ago(hours=49)),
        Flag.SHARED: Facts(is_shared=True),
        Flag.MIXED_ENVIRONMENTS: Facts(mixes_environments=True),
        Flag.COMPANY_MISMATCH: Facts(company_mismatch=True),
        Flag.OWNERLESS: Facts(owner=None),
        Flag.OWNER_LEFT: Facts(owner="gone@acme.example"),
        Flag.CREATOR_LEFT: Facts(created_by="gone@acme.example"),
        Flag.PERMISSION_CHANGED: Facts(
            health=Health.INSUFFICIENT, permission_lost_at=build.ago(days=2)
        ),
        Flag.WORKSPACE_INACTIVE: Facts(company=CLOSED),
        Flag.AGE_UNKNOWN: Facts(issued_at=None),
        Flag.NOT_HELD: Facts(held=False),
        Flag.NOT_REVOKED: Facts(state=State.REPLACED, replaced_at=build.ago(days=8)),
        Flag.REVOCATION_CONTRADICTED: Facts(state=State.REVOKED, proof=Proof.CONTRADICTED),
        Flag.EXCEPTION_ENDED: Facts(
            owner=None, excepted={"ownerless": utc_day(build.NOW) - timedelta(days=1)}
        ),
    }
    build.company(CLOSED, workspace_type="inactive")
    build.person("gone@acme.example", left_on=utc_day(build.NOW))
    token = build.token(stands[flag])
    healthy = build.token(label="healthy")
    query = flagged(flag, rules=Rules(), now=build.NOW)
    assert list(Token.objects.filter(query)) == [token]
    assert Integration.objects.count() == 1
    assert healthy.pk != token.pk
