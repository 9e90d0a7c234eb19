"""Storing one token: what is kept, what is refused and with which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ACTOR, NOW, accepted, make_company, make_entry, make_token, token_value
from tokens.audit import audited
from tokens.errors import AlreadyKnown, DomainError, InvalidInput, WrongState
from tokens.keys import private_keyring
from tokens.models import AuditEvent, Company, Integration, Person, Rotation, Secret, Token
from tokens.models.base import new_id
from tokens.services.entries import Entry
from tokens.services.register import register_token
from tokens.services.registering import Registrar
from tokens.vault.binding import Binding
from tokens.vault.opening import open_sealed
from tokens.vault.sealing import Sealed

pytestmark = pytest.mark.django_db


def register(entry: Entry, *, allow_shared: bool = False) -> Token:
    return register_token(entry=entry, allow_shared=allow_shared, actor=ACTOR, now=NOW)


def refused(entry: Entry, *, allow_shared: bool = False) -> DomainError:
    before = Token.objects.count(), Secret.objects.count(), AuditEvent.objects.count()
    with pytest.raises((InvalidInput, AlreadyKnown)) as caught:
        register(entry, allow_shared=allow_shared)
    assert (Token.objects.count(), Secret.objects.count(), AuditEvent.objects.count()) == before
    if entry.value:
        assert entry.value not in repr(caught.value)
        assert caught.value.__context__ is None
    return caught.value


def test_a_token_is_sealed_hinted_due_and_checked_at_once() -> None:
    value = token_value()
    token = register(make_entry(value=value, issued_at=datetime(2026, 1, 1, tzinfo=UTC)))
    stored = Token.objects.get(pk=token.pk)
    assert stored.due_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert stored.hint == "sk_live_…" + value[-4:]
    assert stored.secret.next_check_at == NOW
    binding = Binding(stored.company_id, stored.integration_id, stored.environment, stored.pk)
    sealed = Sealed(stored.key_id, bytes(stored.sealed or b""))
    assert open_sealed(private_keyring(), sealed, binding) == value.encode()


def test_the_audit_trail_names_the_token_and_never_its_value() -> None:
    value = token_value()
    token = register(make_entry(value=value))
    kinds = list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == [
        "company.created",
        "integration.created",
        "person.created",
        "token.registered",
    ]
    entry = AuditEvent.objects.get(kind="token.registered")
    assert (entry.subject_id, entry.company_id) == (str(token.pk), str(token.company_id))
    assert value not in entry.data + entry.subject_name


def test_a_value_that_nobody_holds_is_never_checked() -> None:
    token = register(make_entry(value=None))
    assert token.secret.fingerprint is None
    assert token.secret.next_check_at is None
    assert token.sealed is None
    assert token.hint == ""


def test_an_unknown_issue_day_is_due_after_the_warning() -> None:
    token = register(make_entry(issued_at=None))
    assert token.due_at == datetime(2026, 3, 16, tzinfo=UTC)


def test_an_entry_does_not_show_its_value() -> None:
    value = token_value()
    assert value not in repr(make_entry(value=value))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"company_name": " "}, "company"),
        ({"company_name": "x" * 201}, "company"),
        ({"integration_name": ""}, "integration"),
        ({"environment": "staging"}, "environment"),
        ({"scope": "owner"}, "scope"),
        ({"workspace_id": 0}, "workspace_id"),
        ({"workspace_id": 2**63}, "workspace_id"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"created_by_email": "a@b@c"}, "created_by_email"),
        ({"label": "x" * 101}, "label"),
        ({"where": "x" * 1001}, "where"),
        ({"runbook_url": "javascript:alert(1)"}, "runbook_url"),
        ({"issued_at": NOW + timedelta(days=2)}, "issued_at"),
        ({"issued_at": datetime(2026, 1, 1)}, "issued_at"),  # noqa: DTZ001 - a naive one on purpose
        ({"value": "short"}, "token"),
        ({"value": "with a blank in it"}, "token"),
        ({"value": "line\nbreak-in-it"}, "token"),
        ({"value": "curly\u2019quote"}, "token"),
        ({"value": "x" * 1_000_000}, "token"),
        ({"value": ""}, "token"),
    ],
)
def test_bad_fields_are_refused_by_name(change: dict[str, object], field: str) -> None:
    error = refused(replace(make_entry(), **change))  # type: ignore[arg-type]  # wrong on purpose
    assert error.field == field


@pytest.mark.parametrize("name", ["company_name", "integration_name", "label", "where"])
def test_the_token_in_an_open_field_is_refused(name: str) -> None:
    value = token_value("shapeless-")
    entry = replace(make_entry(value=value), **{name: f"see {value}"})  # type: ignore[arg-type]
    error = refused(entry)
    assert error.field in {"company", "integration", "label", "where"}
    assert value not in error.message


def test_tomorrow_is_still_an_issue_day() -> None:
    token = register(make_entry(issued_at=datetime(2026, 3, 3, 23, 59, tzinfo=UTC)))
    assert token.issued_at == datetime(2026, 3, 3, 23, 59, tzinfo=UTC)


def test_a_stored_value_is_refused_with_its_place() -> None:
    value = token_value()
    make_token(value=value, integration_name="Supplier portal", company_name="Acme GmbH")
    error = refused(make_entry(value=value))
    assert error.field == "token"
    assert error.message == "is already stored: Supplier portal · Acme GmbH · production"


def test_a_confirmed_shared_value_is_one_secret() -> None:
    value = token_value()
    first = make_token(value=value, integration_name="Portal", company_name="Acme")
    second = register(
        make_entry(
            value=value,
            integration_name="Portal",
            company_name="Beta",
            environment="development",
        ),
        allow_shared=True,
    )
    secret = Secret.objects.get()
    assert first.secret_id == second.secret_id == secret.pk
    assert secret.is_shared
    assert secret.mixes_environments
    assert bytes(Token.objects.get(pk=second.pk).sealed or b"") != bytes(first.sealed or b"")


def test_a_second_label_in_one_place_is_not_shared() -> None:
    value = token_value()
    make_token(value=value, integration_name="Portal", company_name="Acme")
    register(
        make_entry(value=value, integration_name="Portal", company_name="Acme", label="b"),
        allow_shared=True,
    )
    secret = Secret.objects.get()
    assert not secret.is_shared
    assert not secret.mixes_environments


@pytest.mark.parametrize("allow_shared", [False, True])
@pytest.mark.parametrize("state", ["replaced", "revoked"])
def test_a_value_once_given_up_is_refused_for_good(state: str, allow_shared: bool) -> None:
    value = token_value()
    make_token(
        value=value,
        integration_name="Portal",
        company_name="Acme",
        row={"state": state, "replaced_at": NOW if state == "replaced" else None},
    )
    error = refused(make_entry(value=value), allow_shared=allow_shared)
    assert error.field == "token"
    assert f"was {state} here" in error.message
    assert error.message.endswith("Portal · Acme · production")


def test_a_value_that_waits_in_a_rotation_is_refused() -> None:
    value = token_value()
    token = make_token(integration_name="Portal", company_name="Acme")
    mark = bytes(make_token(value=value).secret.fingerprint or b"")
    Token.objects.exclude(pk=token.pk).delete()
    Secret.objects.filter(fingerprint=mark).delete()
    Rotation.objects.create(
        token=token,
        new_token_id=new_id(),
        status="probing",
        sealed=b"x",
        key_id="k",
        fingerprint=mark,
        started_at=NOW,
        started_by="a@example.com",
    )
    error = refused(make_entry(value=value), allow_shared=True)
    assert error.message == "waits in the rotation of Portal · Acme · production"


def test_a_second_active_token_in_a_place_names_the_label() -> None:
    make_token(integration_name="Portal", company_name="Acme", label="eu")
    entry = make_entry(integration_name="Portal", company_name="Acme", label="eu")
    error = refused(entry)
    assert error.field == "label"
    assert "Portal · Acme · production · eu" in error.message
    for other in ({"label": "us"}, {"scope": "write"}, {"environment": "development"}):
        register(replace(entry, value=token_value(), **other))  # type: ignore[arg-type]


def test_the_place_of_a_revoked_token_is_free() -> None:
    make_token(integration_name="Portal", company_name="Acme", row={"state": "revoked"})
    register(make_entry(integration_name="Portal", company_name="Acme"))
    assert Token.objects.filter(state="active").count() == 1


def test_people_companies_and_integrations_are_found_again() -> None:
    make_token(company_name="Acme", integration_name="Portal", owner_email="Ann@Example.com")
    register(
        make_entry(
            company_name=" Acme ",
            integration_name="Portal",
            owner_email="ann@example.com",
            environment="development",
        )
    )
    assert Company.objects.count() == Integration.objects.count() == Person.objects.count() == 1
    assert Person.objects.get().email == "ann@example.com"


def test_names_are_equal_however_they_are_composed() -> None:
    make_token(company_name="Mu\u0308ller")
    assert register(make_entry(company_name="M\u00fcller")).company.name == "M\u00fcller"
    assert Company.objects.count() == 1


def test_a_company_matches_by_workspace_and_conflicts_name_the_column() -> None:
    acme = make_company("Acme", workspace_id=41)
    assert register(make_entry(company_name="Acme", workspace_id=41)).company == acme
    by_name = refused(make_entry(company_name="Acme", workspace_id=42))
    assert (by_name.field, "41" in by_name.message) == ("workspace_id", True)
    by_id = refused(make_entry(company_name="Beta", workspace_id=41))
    assert (by_id.field, "Acme" in by_id.message) == ("company", True)


def test_a_known_company_gains_its_workspace_and_its_tokens_are_compared() -> None:
    old = make_token(company_name="Acme", secret={**accepted(), "seen_workspace_id": 7})
    Company.objects.filter(pk=old.company_id).update(proposed_workspace_id=7)
    register(make_entry(company_name="Acme", workspace_id=8))
    company = Company.objects.get(pk=old.company_id)
    assert (company.workspace_id, company.proposed_workspace_id) == (8, None)
    old.refresh_from_db()
    assert old.company_mismatch
    edited = AuditEvent.objects.get(kind="company.edited")
    assert '"new":[8]' in edited.data


def test_joining_a_secret_with_evidence_compares_the_new_row() -> None:
    value = token_value()
    first = make_token(
        value=value, company_name="Acme", workspace_id=7, secret={"seen_workspace_id": 7}
    )
    second = register(
        make_entry(value=value, company_name="Beta", workspace_id=8), allow_shared=True
    )
    mismatch = dict(Token.objects.values_list("pk", "company_mismatch"))
    assert mismatch == {first.pk: False, second.pk: True}


def test_somebody_who_stored_the_same_value_meanwhile_is_noticed() -> None:
    """What the look-up could not see yet, the database's own constraint refuses."""
    value = token_value()
    with (  # noqa: PT012 - the race is the whole block
        pytest.raises(WrongState, match="at this very moment"),
        audited(actor=ACTOR, now=NOW) as trail,
    ):
        registrar = Registrar(trail=trail, now=NOW)
        registrar.add(make_entry(value=value))
        register(make_entry(value=value))
        registrar.finish()
    assert not Token.objects.exists()
