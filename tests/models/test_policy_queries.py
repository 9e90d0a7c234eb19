"""Which policy holds, as SQL: held equal to the pure rule; and what the database refuses."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.selectors import build
from tokens.models import Policy, Token
from tokens.models.policy_queries import by_policy, chosen, fits
from tokens.policy.book import BASE, Book, Place, PolicyFacts
from tokens.policy.settings import Rules
from tokens.services.policy_in_force import choice_for, rules_in_force

pytestmark = pytest.mark.django_db

COMPANIES, INTEGRATIONS = ["Acme GmbH", "Beta Ltd"], ["Portal", "Warehouse"]
ENVIRONMENTS, SCOPES = ["production", "development"], ["read", "admin"]

places = st.tuples(
    st.sampled_from([None, *COMPANIES]),
    st.sampled_from([None, *INTEGRATIONS]),
    st.sampled_from(["", *ENVIRONMENTS]),
    st.sampled_from(["", *SCOPES]),
)
tokens = st.tuples(
    st.sampled_from(COMPANIES),
    st.sampled_from(INTEGRATIONS),
    st.sampled_from(ENVIRONMENTS),
    st.sampled_from(SCOPES),
    st.integers(-1, 5),
)


@given(
    wanted=st.lists(places, max_size=6, unique=True), made=st.lists(tokens, min_size=1, max_size=6)
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_sql_chooses_as_the_rule_does(
    wanted: list[tuple[str | None, str | None, str, str]],
    made: list[tuple[str, str, str, str, int]],
) -> None:
    with transaction.atomic():
        base, _ = Policy.objects.get_or_create(pk=BASE)
        rows = [policy(str(place), *what) for place, what in enumerate(wanted)]
        for place, (company, integration, environment, scope, hand) in enumerate(made):
            token = build.token(
                company=company,
                integration=integration,
                environment=environment,
                scope=scope,
                label=str(place),
            )
            by_hand = [base, *rows][hand] if 0 <= hand <= len(rows) else None
            Token.objects.filter(pk=token.pk).update(assigned_policy=by_hand)
        book = rules_in_force()
        found = Token.objects.annotate(then=chosen(book))
        assert {token.pk: token.then for token in found} == {
            token.pk: choice_for(token, book).policy or BASE for token in found
        }
        for one in book.others:
            assert set(Token.objects.filter(fits(one))) == {
                token
                for token in found
                if one.fits(
                    Place(token.company_id, token.integration_id, token.environment, token.scope)
                )
            }
        transaction.set_rollback(True)


def policy(
    name: str, company: str | None, integration: str | None, environment: str = "", scope: str = ""
) -> Policy:
    Policy.objects.get_or_create(pk=BASE)
    return Policy.objects.create(
        name=f"Policy {name}",
        company=build.company(company) if company else None,
        integration=build.integration(integration) if integration else None,
        environment=environment,
        scope=scope,
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"id": BASE, "scope": "admin"},
        {"id": BASE, "name": "Base"},
        {"id": 7, "name": ""},
        {"id": 7, "name": "x", "scope": "everything"},
        {"id": 7, "name": "x", "environment": "moon"},
        {"id": 7, "name": "x", "rotate_days": 0},
        {"id": 7, "name": "x", "rotate_days": 5, "warn_days": 6},
    ],
)
def test_the_database_refuses_what_cannot_be(columns: dict[str, object]) -> None:
    with pytest.raises(IntegrityError):
        Policy.objects.create(**columns)


@pytest.mark.parametrize(
    ("company", "integration", "environment", "scope"),
    [
        (None, None, "", "admin"),
        ("Acme GmbH", None, "", ""),
        (None, "Portal", "production", ""),
        ("Acme GmbH", "Portal", "", "read"),
    ],
)
def test_no_two_policies_are_for_the_same_tokens(
    company: str | None, integration: str | None, environment: str, scope: str
) -> None:
    policy("one", company, integration, environment, scope)
    with pytest.raises(IntegrityError):
        policy("two", company, integration, environment, scope)


def test_no_two_policies_have_the_same_name_and_several_may_be_for_hands_only() -> None:
    policy("one", None, None)
    policy("two", None, None)
    with pytest.raises(IntegrityError):
        policy("ONE", None, None)


def test_the_base_policy_of_a_token_is_null() -> None:
    token = build.token()
    base = Policy.objects.create(pk=BASE)
    with pytest.raises(IntegrityError):
        Token.objects.filter(pk=token.pk).update(policy=base)


def test_policies_that_ask_for_the_same_are_one_condition() -> None:
    def asked(rules: Rules) -> Q:
        return Q(stored_at__lt=build.ago(hours=rules.stale_hours))

    others = (
        PolicyFacts(2, "Same", Rules(rotate_days=30)),
        PolicyFacts(3, "Short", Rules(stale_hours=1)),
    )
    assert by_policy(Rules(), asked) == asked(Rules())
    assert by_policy(Book(Rules(), others[:1]), asked) == asked(Rules())
    found = by_policy(Book(Rules(), others), asked)
    assert found == asked(Rules()) & (Q(policy__isnull=True) | ~Q(policy__in=[3])) | (
        asked(Rules(stale_hours=1)) & Q(policy__in=[3])
    )


def test_days_left_are_read_back_as_they_were_written() -> None:
    row = Policy.objects.create(pk=7, name="x", thresholds="7, 1, 0")
    assert row.rules() == Rules(thresholds=(7, 1, 0))
