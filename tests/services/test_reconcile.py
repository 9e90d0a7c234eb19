"""Comparing Coolset's list with ours."""

from uuid import UUID

import pytest

from tests.factories import ACTOR, NOW, make_company, make_token, token_value
from tokens.errors import AlreadyKnown, InvalidInput
from tokens.models import AuditEvent, Company, Reconciliation, Token
from tokens.services.reconcile import NotHeld, reconcile

pytestmark = pytest.mark.django_db

LACKING = NotHeld(integration_name="Warehouse", environment="production", scope="read")


def compare(
    company: Company, listed: int, ticked: list[UUID], *additions: NotHeld
) -> Reconciliation:
    return reconcile(
        company=company,
        listed=listed,
        known_ids=ticked,
        additions=additions,
        actor=ACTOR,
        now=NOW,
    )


def test_ticked_added_and_not_listed_are_counted() -> None:
    acme = make_company("Acme", workspace_id=4)
    kept, gone = make_token(company=acme), make_token(company=acme)
    done = compare(acme, 2, [kept.pk], LACKING)
    assert (done.listed, done.known, done.added, done.not_listed) == (2, 1, 1, 1)
    added = Token.objects.get(integration__name="Warehouse")
    assert (added.company, added.secret.is_held, added.issued_at) == (acme, False, None)
    acme.refresh_from_db()
    assert acme.reconciled_at == NOW
    data = AuditEvent.objects.get(kind="company.reconciled").data
    assert str(gone.pk) in data
    assert str(kept.pk) not in data


def test_several_rows_of_one_secret_are_one_entry_of_the_list() -> None:
    value, acme = token_value(), make_company("Acme")
    rows = [make_token(company=acme, value=value, allow_shared=True) for _ in range(2)]
    assert compare(acme, 1, [row.pk for row in rows]).known == 1


def test_a_replaced_token_should_be_listed_and_a_revoked_one_not() -> None:
    acme = make_company("Acme")
    make_token(company=acme, row={"state": "replaced", "replaced_at": NOW})
    make_token(company=acme, row={"state": "revoked"})
    assert compare(acme, 0, []).not_listed == 1


@pytest.mark.parametrize("listed", [0, 1, 3, -1])
def test_the_numbers_have_to_add_up(listed: int) -> None:
    acme = make_company("Acme")
    token = make_token(company=acme)
    with pytest.raises(InvalidInput) as caught:
        compare(acme, listed, [token.pk], LACKING)
    assert caught.value.field == "listed"
    assert not Reconciliation.objects.exists()
    assert Token.objects.count() == 1


def test_a_token_of_another_company_cannot_be_ticked() -> None:
    with pytest.raises(InvalidInput) as caught:
        compare(make_company("Acme"), 1, [make_token().pk])
    assert caught.value.field == "known_ids"


def test_an_addition_needs_a_place_of_its_own() -> None:
    acme = make_company("Acme")
    with pytest.raises(AlreadyKnown) as caught:
        compare(acme, 2, [], LACKING, LACKING)
    assert caught.value.field == "label"
    assert not Token.objects.exists()
