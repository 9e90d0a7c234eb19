"""To do: what stands on it, in which order, in which words; and what it says when empty."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.selectors import build
from tokens.models import Company, Person, Token
from tokens.policy.days import utc_day
from tokens.policy.settings import DEFAULT
from tokens.policy.todo import RANK, Kind, task_for
from tokens.policy.vocabulary import Flag, Health, Proof, State
from tokens.selectors.facts import rows
from tokens.selectors.navigation import counts
from tokens.selectors.todo import nothing_today, todo
from tokens.selectors.todo_queries import task_counts
from tokens.selectors.todo_words import Task, since_of

NOW = build.NOW
pytestmark = pytest.mark.django_db


def tasks() -> list[tuple[str, str]]:
    return [(task.kind.value, task.where) for task in todo(DEFAULT, NOW).tasks]


def reconciled() -> None:
    Company.objects.update(reconciled_at=build.ago(days=2))


def the_only(kind: Kind) -> Task:
    reconciled()
    (task,) = (each for each in todo(DEFAULT, NOW).tasks if each.kind is kind)
    return task


def one_of_each() -> None:
    build.token(label="j", issued_at=build.ago(days=80), owner=None)
    build.token(label="h", environment="development", health=Health.FAILING, last_accepted_at=None)
    build.token(label="f", state=State.REPLACED, replaced_at=build.ago(days=9))
    build.token(label="d", issued_at=build.ago(days=102))
    build.token(label="c", health=Health.FAILING)
    build.token(label="b", health=Health.FAILING, last_accepted_at=None)
    build.token(label="a", state=State.REVOKED, proof=Proof.CONTRADICTED)


def test_the_order_of_the_issue() -> None:
    one_of_each()
    place = "Supplier portal · Acme GmbH"
    assert tasks() == [
        ("contradicted", f"{place} · production · a"),
        ("failing_production", f"{place} · production · b"),
        ("unrecorded_revocation", f"{place} · production · c"),
        ("overdue", f"{place} · production · d"),
        ("not_revoked", f"{place} · production · f"),
        ("failing_development", f"{place} · development · h"),
        ("due", f"{place} · production · j"),
        ("ownerless", f"{place} · production · j"),
        ("reconcile", "Acme GmbH"),
    ]


def words(task: Task) -> tuple[str, str, str, str]:
    return f"{task.what} {task.todo}", task.meta, task.label, task.url_name


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        (
            Kind.COMPROMISED,
            build.Facts(compromised_at=build.ago(minutes=6)),
            (
                "Compromised. Rotate and revoke it now.",
                "Supplier portal · Acme GmbH · production — recorded 6 minutes ago — owner",
                "See what to do",
                "token-compromised",
            ),
        ),
        (
            Kind.COMPROMISED,
            build.Facts(state=State.REPLACED, compromised_at=build.ago(days=2)),
            (
                "Compromised. It is replaced: revoke it now.",
                "Supplier portal · Acme GmbH · production — recorded 2 days ago — owner",
                "See what to do",
                "token-compromised",
            ),
        ),
        (
            Kind.CONTRADICTED,
            build.Facts(
                state=State.REVOKED,
                proof=Proof.CONTRADICTED,
                recorded_at=build.ago(days=6),
                last_accepted_at=build.ago(minutes=6),
            ),
            (
                "Revoked on 18 Nov, but it still works. Revoke it again in Coolset.",
                "Supplier portal · Acme GmbH · production — accepted 6 minutes ago — owner",
                "See the proof",
                "token",
            ),
        ),
        (
            Kind.UNRECORDED_REVOCATION,
            build.Facts(
                health=Health.FAILING,
                refused_since=NOW.replace(hour=9, minute=12),
                last_accepted_at=NOW.replace(hour=8, minute=12),
            ),
            (
                "Refused since 09:12 UTC. Nobody recorded a revocation.",
                "Supplier portal · Acme GmbH · production — worked until 08:12 UTC — owner",
                "Find out why",
                "token",
            ),
        ),
        (
            Kind.OVERDUE,
            build.Facts(issued_at=build.ago(days=102)),
            (
                "12 days overdue. Rotate it.",
                "Supplier portal · Acme GmbH · production — due 12 Nov — owner",
                "Rotate",
                "token-rotate",
            ),
        ),
        (
            Kind.DUE,
            build.Facts(issued_at=build.ago(days=89), owner=None),
            (
                "Due in 1 day. Rotate it.",
                "Supplier portal · Acme GmbH · production — due 25 Nov",
                "Rotate",
                "token-rotate",
            ),
        ),
        (
            Kind.DUE,
            build.Facts(issued_at=build.ago(days=90)),
            (
                "Due today. Rotate it.",
                "Supplier portal · Acme GmbH · production — due 24 Nov — owner",
                "Rotate",
                "token-rotate",
            ),
        ),
        (
            Kind.OWNERLESS,
            build.Facts(owner=None),
            (
                "Nobody owns this token. Choose an owner.",
                "Supplier portal · Acme GmbH · production",
                "Assign",
                "token-edit",
            ),
        ),
        (
            Kind.OWNER_LEFT,
            build.Facts(owner="gone@acme.example"),
            (
                "Its owner has left. Choose another owner.",
                "Supplier portal · Acme GmbH · production — without access since 21 Nov — gone",
                "Assign",
                "token-edit",
            ),
        ),
        (
            Kind.CREATOR_LEFT,
            build.Facts(created_by="gone@acme.example"),
            (
                (
                    "gone@acme.example created it and has left. "
                    "Rotate it: its permissions were theirs."
                ),
                "Supplier portal · Acme GmbH · production — without access since 21 Nov — owner",
                "Rotate",
                "token-rotate",
            ),
        ),
        (
            Kind.PERMISSION_CHANGED,
            build.Facts(
                health=Health.INSUFFICIENT,
                permission_lost_at=NOW.replace(hour=9, minute=12),
                created_by="owner@acme.example",
            ),
            (
                "Worked before, lacks permission since 09:12 UTC. Rotate it.",
                "Supplier portal · Acme GmbH · production — created by owner@acme.example — owner",
                "Rotate",
                "token-rotate",
            ),
        ),
    ],
)
def test_a_row_in_words(kind: Kind, facts: build.Facts, said: tuple[str, str, str, str]) -> None:
    build.person("gone@acme.example", left_on=utc_day(build.ago(days=3)))
    build.token(facts)
    assert words(the_only(kind)) == said


@pytest.mark.parametrize(
    ("leaving", "left", "asked"),
    [(0, None, True), (30, None, True), (31, None, False), (-1, None, False), (5, 0, False)],
)
def test_who_leaves_is_one_row(leaving: int, left: int | None, asked: bool) -> None:
    today = utc_day(NOW)
    person = build.person(
        "owner@acme.example",
        leaving_on=today + timedelta(days=leaving),
        left_on=None if left is None else today + timedelta(days=left),
    )
    build.token(label="a", created_by="owner@acme.example")
    build.token(label="b", state=State.REPLACED)
    build.token(label="c")
    build.person("nobody@acme.example", leaving_on=today)
    reconciled()
    found = [task for task in todo(DEFAULT, NOW).tasks if task.kind is Kind.LEAVING]
    assert [(task.id, task.todo, task.url_name) for task in found] == (
        [(person.pk, "Reassign 2 tokens, rotate 1.", "person")] if asked else []
    )


@pytest.mark.parametrize(
    ("at", "asked", "said"),
    [
        (None, True, "Never done yet."),
        (build.ago(days=91), True, "Last done 91 days ago."),
        (build.ago(days=90), False, ""),
        (build.ago(days=90, seconds=1), True, "Last done 90 days ago."),
    ],
)
def test_a_company_is_compared_again_after_90_days(at: object, asked: bool, said: str) -> None:
    build.token()
    Company.objects.update(reconciled_at=at)
    found = [task for task in todo(DEFAULT, NOW).tasks if task.kind is Kind.RECONCILE]
    assert [task.todo for task in found] == ([said] if asked else [])


def test_a_company_without_tokens_is_not_asked_for() -> None:
    build.company("Empty")
    assert tasks() == []


def test_a_healthy_inventory_asks_for_nothing() -> None:
    token = build.token()
    reconciled()
    found = todo(DEFAULT, NOW)
    assert (found.tasks, found.total) == ((), 0)
    nothing = nothing_today(NOW)
    assert (nothing.next_due_at, nothing.next_token) == (token.due_at, token.pk)
    assert nothing.next_name == "Supplier portal"
    assert nothing.last_checked_at == build.ago(minutes=20)


def test_nothing_at_all_is_no_error() -> None:
    assert todo(DEFAULT, NOW).total == 0
    assert nothing_today(NOW).next_due_at is None


def random_tokens(seed: int, count: int) -> None:
    chance = random.Random(seed)
    build.company("Closed Ltd", workspace_type="inactive")
    build.person("gone@acme.example", left_on=utc_day(build.ago(days=3)))
    for place in range(count):
        state = chance.choice(list(State))
        build.token(
            label=str(place),
            state=state,
            environment=chance.choice(["production", "development"]),
            company=chance.choice(["Acme GmbH", "Closed Ltd"]),
            owner=chance.choice([None, "owner@acme.example", "gone@acme.example"]),
            created_by=chance.choice([None, "owner@acme.example", "gone@acme.example"]),
            permission_lost_at=chance.choice([None, build.ago(minutes=chance.randrange(1, 900))]),
            issued_at=chance.choice([None, build.ago(days=chance.randrange(0, 120))]),
            stored_at=build.ago(days=chance.randrange(0, 20)),
            replaced_at=build.ago(days=chance.randrange(1, 20)),
            health=chance.choice(list(Health)),
            refused_since=build.ago(minutes=chance.randrange(1, 900)),
            last_accepted_at=chance.choice([None, build.ago(days=1)]),
            compromised_at=chance.choice(
                [None, None, None, build.ago(minutes=chance.randrange(1, 900))]
            ),
            proof=chance.choice([Proof.CLAIMED, Proof.CONTRADICTED])
            if state is State.REVOKED
            else Proof.NONE,
            excepted=chance.choice([{}, _excepted(chance)]),
        )


def _excepted(chance: random.Random) -> dict[str, date]:
    names = chance.sample(["overdue", "expiring", "ownerless", "not_revoked", "creator_left"], 3)
    return {name: utc_day(NOW) + timedelta(days=chance.randrange(-3, 3)) for name in names}


def pure() -> list[tuple[str, str]]:
    found = [
        (RANK[kind], since_of(kind, row), row.id, kind)
        for row in rows(Token.objects.all(), DEFAULT, NOW)
        for kind in task_for([Flag(word) for word in row.flags], row.facts)
    ]
    return [(kind.value, str(token)) for _, _, token, kind in sorted(found, key=lambda t: t[:3])]


@pytest.mark.parametrize("seed", range(4))
def test_the_database_ranks_as_the_policy_does(seed: int) -> None:
    random_tokens(seed, 60)
    reconciled()
    wanted = pure()
    found = todo(DEFAULT, NOW)
    assert [(task.kind.value, str(task.id)) for task in found.tasks] == wanted
    assert found.total == len(wanted)
    few = todo(DEFAULT, NOW, shown=7)
    assert [(task.kind.value, str(task.id)) for task in few.tasks] == wanted[:7]
    assert few.left_out == len(wanted) - 7


def test_what_is_not_shown_is_counted_and_reconcile_comes_last() -> None:
    random_tokens(9, 20)
    found = todo(DEFAULT, NOW, shown=3)
    assert len(found.tasks) == 3
    assert found.total == len(pure()) + 2  # two companies
    assert found.by_kind[Kind.RECONCILE] == 2


def test_queries_do_not_grow_with_the_inventory(django_assert_max_num_queries: object) -> None:
    random_tokens(1, 30)
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        todo(DEFAULT, NOW)
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        counts(DEFAULT, NOW)


def test_the_navigation_counts_what_the_pages_show() -> None:
    one_of_each()
    found = counts(DEFAULT, NOW)
    assert (found.tasks, found.tokens) == (9, 6)
    assert (found.companies, found.integrations) == (1, 1)
    assert sum(task_counts(DEFAULT, NOW + timedelta(days=400)).values()) > 9


def test_everybody_who_leaves_is_counted_whatever_they_own() -> None:
    today = NOW.date()
    for number, label in ((1, "a"), (2, "b"), (2, "c")):
        token = build.token(label=label)
        owner, _ = Person.objects.get_or_create(
            email=f"p{number}@acme.example", defaults={"leaving_on": today, "created_at": NOW}
        )
        Token.objects.filter(pk=token.pk).update(owner=owner)
    assert task_counts(DEFAULT, NOW)[Kind.LEAVING] == 2
