"""Correcting tokens, companies and integrations."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ACTOR, NOW, make_company, make_integration, make_token, token_value
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import AuditEvent, Company, Person, Token
from tokens.services.edit_company import accept_proposal, edit_company
from tokens.services.edit_integration import edit_integration
from tokens.services.edit_token import edit_token

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    """What was audited since the tokens were made."""
    events = AuditEvent.objects.exclude(kind__in=["token.registered", "integration.created"])
    return list(
        events.exclude(kind="company.created").order_by("id").values_list("kind", flat=True)
    )


def test_a_new_owner_is_made_and_audited_apart() -> None:
    token = make_token(owner_email="old@example.com")
    edit_token(token=token, owner_email=" New@Example.com", actor=ACTOR, now=NOW)
    token.refresh_from_db()
    assert token.owner is not None
    assert token.owner.email == "new@example.com"
    assert kinds()[-2:] == ["person.created", "token.owner_changed"]
    data = AuditEvent.objects.latest("id").data
    assert data == '{"new":"new@example.com","old":"old@example.com"}'


def test_no_owner() -> None:
    token = make_token()
    edit_token(token=token, owner_email="", actor=ACTOR, now=NOW)
    token.refresh_from_db()
    assert token.owner is None
    assert Person.objects.count() == 1


def test_a_corrected_issue_day_moves_the_due_day() -> None:
    token = make_token(issued_at=None)
    edit_token(token=token, issued_at=datetime(2026, 1, 5, 8, tzinfo=UTC), actor=ACTOR, now=NOW)
    token.refresh_from_db()
    assert token.due_at == datetime(2026, 4, 5, tzinfo=UTC)
    edit_token(token=token, issued_at=None, actor=ACTOR, now=NOW)
    token.refresh_from_db()
    assert (token.issued_at, token.due_at) == (None, datetime(2026, 3, 16, tzinfo=UTC))
    assert kinds()[-2:] == ["token.edited", "token.edited"]


def test_the_rest_of_a_token() -> None:
    token = make_token()
    edit_token(
        token=token,
        label="eu",
        where="vault\nthen restart",
        runbook_url="https://wiki.example.com/x",
        actor=ACTOR,
        now=NOW,
    )
    token.refresh_from_db()
    assert (token.label, token.where) == ("eu", "vault\nthen restart")
    assert token.runbook_url == "https://wiki.example.com/x"
    assert '"fields":["label","where","runbook_url"]' in AuditEvent.objects.latest("id").data


def test_what_changes_nothing_leaves_no_trace() -> None:
    token = make_token(label="eu", owner_email="ann@example.com")
    before = AuditEvent.objects.count()
    edit_token(
        token=token,
        label="eu",
        owner_email="Ann@example.com",
        issued_at=token.issued_at,
        actor=ACTOR,
        now=NOW,
    )
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"owner_email": "nobody"}, "owner_email"),
        ({"label": "x" * 101}, "label"),
        ({"where": "x" * 1001}, "where"),
        ({"runbook_url": "ftp://x"}, "runbook_url"),
        ({"issued_at": NOW + timedelta(days=2)}, "issued_at"),
    ],
)
def test_bad_input_names_its_field(change: dict[str, object], field: str) -> None:
    token = make_token()
    with pytest.raises(InvalidInput) as caught:
        edit_token(token=token, actor=ACTOR, now=NOW, **change)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_token_in_an_open_field_is_refused() -> None:
    value = token_value()
    with pytest.raises(InvalidInput) as caught:
        edit_token(token=make_token(), where=f"it is {value}", actor=ACTOR, now=NOW)
    assert value not in caught.value.message


def test_a_label_that_is_taken() -> None:
    make_token(integration_name="Portal", company_name="Acme", label="eu")
    other = make_token(integration_name="Portal", company_name="Acme", label="us")
    with pytest.raises(AlreadyKnown) as caught:
        edit_token(token=other, label="eu", actor=ACTOR, now=NOW)
    assert caught.value.field == "label"


def test_a_revoked_token_stays_as_it_is() -> None:
    token = make_token(row={"state": "revoked"})
    with pytest.raises(WrongState):
        edit_token(token=token, owner_email="", actor=ACTOR, now=NOW)


def test_a_corrected_workspace_compares_the_tokens_anew() -> None:
    token = make_token(workspace_id=1, secret={"seen_workspace_id": 2})
    edit_company(company=token.company, workspace_id=3, actor=ACTOR, now=NOW)
    assert Token.objects.get().company_mismatch
    edit_company(company=token.company, workspace_id=2, actor=ACTOR, now=NOW)
    assert not Token.objects.get().company_mismatch
    assert kinds()[-2:] == ["company.edited", "company.edited"]


def test_a_proposal_is_taken_as_it_was_shown() -> None:
    company = make_company("Acme")
    Company.objects.update(proposed_workspace_id=7)
    with pytest.raises(WrongState):
        accept_proposal(company=company, proposed=8, actor=ACTOR, now=NOW)
    accepted = accept_proposal(company=company, proposed=7, actor=ACTOR, now=NOW)
    assert (accepted.workspace_id, accepted.proposed_workspace_id) == (7, None)


def test_taking_the_workspace_away_brings_the_proposal_back() -> None:
    token = make_token(workspace_id=1, secret={"seen_workspace_id": 2})
    company = edit_company(company=token.company, workspace_id=None, actor=ACTOR, now=NOW)
    assert (company.workspace_id, company.proposed_workspace_id) == (None, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Beta"}, "name"),
        ({"name": ""}, "name"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"workspace_id": -5}, "workspace_id"),
    ],
)
def test_companies_stay_distinct(change: dict[str, object], field: str) -> None:
    make_company("Beta", workspace_id=5)
    with pytest.raises((AlreadyKnown, InvalidInput)) as caught:
        edit_company(company=make_company(), actor=ACTOR, now=NOW, **change)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_an_integration_is_described() -> None:
    integration = make_integration("Portal")
    edited = edit_integration(
        integration=integration,
        name="Supplier portal",
        description="Reads orders.\nEvery night.",
        owner_email="ann@example.com",
        actor=ACTOR,
        now=NOW,
    )
    assert (edited.name, edited.description) == ("Supplier portal", "Reads orders.\nEvery night.")
    assert edited.owner is not None
    assert AuditEvent.objects.filter(kind="integration.edited").count() == 1


def test_integrations_stay_distinct() -> None:
    make_integration("Portal")
    with pytest.raises(AlreadyKnown) as caught:
        edit_integration(integration=make_integration(), name="Portal", actor=ACTOR, now=NOW)
    assert caught.value.field == "name"
