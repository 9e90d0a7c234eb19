"""A token to begin with: what it can see is offered, and nothing happens without a tick."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import make_account, make_company, make_token, token_value
from tests.probing.conftest import Scene
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Account, AuditEvent, Company, Incident, Secret, Start, StartStatus, Token
from tokens.policy.offers import Kind
from tokens.policy.vocabulary import Role
from tokens.services.entries import Entry
from tokens.services.intake.companies import offers_of
from tokens.services.intake.start import ask_again, drop_start, finish_start, start_from_token
from tokens.services.intake.take_up import take_up_intake

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db]
ENTRY = Entry(
    company_name="",
    workspace_id=8,
    integration_name="Portal",
    environment="production",
    scope="read",
    owner_email="Owner@acme.example",
)


def listed(number: int, name: str, kind: str = "active") -> dict[str, Any]:
    return {"workspace_id": number, "id": number + 1000, "workspace_name": name, "type": kind}


LIST = [listed(7, "Acme GmbH"), listed(8, "Birch AG"), listed(9, "Cedar SA", "inactive")]


@pytest.fixture
def ada(db: None) -> Account:
    return make_account("ada@acme.example", role=Role.ADMINISTRATOR)


def paste(
    scene: Scene, ada: Account, mode: str = "valid", *, value: str = "", **seed: Any
) -> tuple[Start, str]:
    """Paste a value and let the worker ask."""
    value = value or token_value()
    scene.coolset.seed(value, mode, **{"workspaces": LIST, **seed})
    start = start_from_token(value=value, account=ada, now=scene.clock.now)
    take_up_intake(clock=scene.clock)
    return fresh(start), value


def fresh(start: Start) -> Start:
    return Start.objects.select_related("account").get(pk=start.pk)


def kinds(start: Start) -> dict[int, Kind]:
    return {offer.number: offer.kind for offer in offers_of(start)}


def test_what_it_can_see_is_offered_and_nothing_created(scene: Scene, ada: Account) -> None:
    make_company("Acme GmbH", workspace_id=7)
    make_company("Birch AG")
    start, value = paste(scene, ada, config={"workspace_id": 8, "email": "gen@acme.example"})
    assert (start.status, start.complete) == (StartStatus.ANSWERED, True)
    assert kinds(start) == {7: Kind.KNOWN, 8: Kind.CONNECT, 9: Kind.NEW}
    assert (start.seen_workspace_id, start.account_email) == (8, "gen@acme.example")
    assert Company.objects.count() == 2
    assert not Token.objects.exists()
    entry = AuditEvent.objects.get(kind="onboarding.asked")
    assert (entry.actor_name, json.loads(entry.data)["hint"]) == (ada.email, start.hint)
    columns = Start.objects.filter(pk=start.pk).values()[0]
    assert value not in repr(columns)
    assert value.encode() not in bytes(start.sealed or b"")


def test_ticked_companies_are_made_or_connected_and_the_token_stored(
    scene: Scene, ada: Account
) -> None:
    birch = make_company("Birch AG")
    start, _ = paste(scene, ada)
    finish_start(start=start, ticked={8, 9}, entry=ENTRY, now=scene.clock.now)
    take_up_intake(clock=scene.clock)
    start = fresh(start)
    assert (start.status, start.sealed) == (StartStatus.DONE, None)
    birch.refresh_from_db()
    assert (birch.workspace_id, birch.workspace_type) == (8, "active")
    assert Company.objects.get(name="Cedar SA").workspace_type == "inactive"
    assert not Company.objects.filter(name="Acme GmbH").exists()
    token = Token.objects.select_related("owner", "secret").get()
    assert token.pk == start.token_id
    assert (token.company_id, token.state) == (birch.pk, "active")
    assert token.owner is not None
    assert token.owner.email == "owner@acme.example"
    assert len(token.secret.own_calls) == 2  # they were ours: nobody else used it
    entry = AuditEvent.objects.get(kind="token.registered")
    assert entry.actor_name == ada.email
    assert AuditEvent.objects.filter(kind="company.created").count() == 1
    scene.sweep()
    token.secret.refresh_from_db()
    assert token.secret.health == "valid"  # the value opens at its place
    assert token.secret.last_used_at is None


def test_companies_alone_and_the_value_is_forgotten(scene: Scene, ada: Account) -> None:
    start, _ = paste(scene, ada)
    finish_start(start=start, ticked={7}, entry=None, now=scene.clock.now)
    start = fresh(start)
    assert (start.status, start.sealed, start.token_id) == (StartStatus.DONE, None, None)
    assert list(Company.objects.values_list("name", flat=True)) == ["Acme GmbH"]
    assert not Secret.objects.exists()


def test_calls_of_ours_are_nobodys_use_when_it_is_imported_afterwards(
    scene: Scene, ada: Account
) -> None:
    start, value = paste(scene, ada)
    finish_start(start=start, ticked={7}, entry=None, now=scene.clock.now)
    scene.clock.advance(minutes=10)
    token = make_token(now=scene.clock.now, value=value, company_name="Acme GmbH")
    scene.sweep()
    token.secret.refresh_from_db()
    assert token.secret.last_used_at is None
    assert len(token.secret.own_calls) >= 3


@pytest.mark.parametrize(
    ("ticked", "changes", "field"),
    [
        ({99}, {}, "companies"),
        ({7}, {}, "workspace_id"),  # the token's own company was not ticked
        ({8}, {"workspace_id": 99}, "workspace_id"),
        ({8}, {"integration_name": ""}, "integration"),
        ({8}, {"environment": "staging"}, "environment"),
        ({8}, {"owner_email": "nobody"}, "owner_email"),
    ],
)
def test_what_cannot_be_names_the_field(
    scene: Scene, ada: Account, ticked: set[int], changes: dict[str, Any], field: str
) -> None:
    start, _ = paste(scene, ada)
    with pytest.raises(InvalidInput) as refused:
        finish_start(
            start=start, ticked=ticked, entry=replace(ENTRY, **changes), now=scene.clock.now
        )
    assert refused.value.field == field
    assert fresh(start).status == StartStatus.ANSWERED
    assert not Company.objects.exists()


def test_nothing_ticked_is_nothing_to_do(scene: Scene, ada: Account) -> None:
    start, _ = paste(scene, ada)
    with pytest.raises(InvalidInput):
        finish_start(start=start, ticked=set(), entry=None, now=scene.clock.now)


def test_a_place_that_is_taken_is_said_and_the_value_kept(scene: Scene, ada: Account) -> None:
    birch = make_company("Birch AG", workspace_id=8)
    make_token(company=birch, integration_name="Portal")
    start, _ = paste(scene, ada)
    finish_start(start=start, ticked=set(), entry=ENTRY, now=scene.clock.now)
    take_up_intake(clock=scene.clock)
    start = fresh(start)
    assert start.status == StartStatus.ANSWERED
    assert start.problem.startswith("label must differ")
    finish_start(
        start=start, ticked=set(), entry=replace(ENTRY, label="second"), now=scene.clock.now
    )
    take_up_intake(clock=scene.clock)
    assert fresh(start).status == StartStatus.DONE


def test_a_refused_value_is_not_kept(scene: Scene, ada: Account) -> None:
    start, _ = paste(scene, ada, "unauthorized")
    assert (start.status, start.sealed) == (StartStatus.REFUSED, None)


def test_while_coolset_refuses_everybody_it_is_kept(scene: Scene, ada: Account) -> None:
    now = scene.clock.now
    Incident.objects.create(begun_at=now, last_bad_at=now, watched=12, bad=9)
    start, _ = paste(scene, ada, "unauthorized")
    assert start.status == StartStatus.SILENT
    assert start.sealed is not None


def test_no_answer_may_be_asked_again(scene: Scene, ada: Account) -> None:
    start, value = paste(scene, ada, "503")
    assert start.status == StartStatus.SILENT
    scene.coolset.set_mode(value, "valid")
    ask_again(start=start, now=scene.clock.now)
    take_up_intake(clock=scene.clock)
    assert fresh(start).status == StartStatus.ANSWERED
    with pytest.raises(WrongState):
        ask_again(start=start, now=scene.clock.now)


def test_a_user_who_may_not_list_brings_no_company(scene: Scene, ada: Account) -> None:
    start, _ = paste(scene, ada, "forbidden")
    assert (start.status, start.workspaces) == (StartStatus.ANSWERED, [])


@pytest.mark.parametrize("value", ["short", "with a blank " + "x" * 20, "ümlaut" * 5])
def test_what_cannot_be_a_token_is_never_sent(scene: Scene, ada: Account, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        start_from_token(value=value, account=ada, now=scene.clock.now)
    assert refused.value.field == "token"
    assert not Start.objects.exists()


def test_a_value_that_is_stored_is_told_where(scene: Scene, ada: Account) -> None:
    value = token_value()
    token = make_token(value=value)
    with pytest.raises(AlreadyKnown) as refused:
        start_from_token(value=value, account=ada, now=scene.clock.now)
    assert token.company.name in refused.value.message


def test_pasting_another_forgets_the_first(scene: Scene, ada: Account) -> None:
    paste(scene, ada)
    start, _ = paste(scene, ada)
    assert [each.pk for each in Start.objects.all()] == [start.pk]
    drop_start(start=start, now=scene.clock.now)
    assert not Start.objects.exists()


def test_walking_away_destroys_it(scene: Scene, ada: Account) -> None:
    start, _ = paste(scene, ada)
    scene.clock.advance(minutes=60)
    with pytest.raises(WrongState):
        finish_start(start=start, ticked={7}, entry=None, now=scene.clock.now)
    take_up_intake(clock=scene.clock)
    assert not Start.objects.exists()


def test_a_late_answer_does_not_count(
    scene: Scene, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokens.services.intake import ask as module

    value = token_value()
    scene.coolset.seed(value, workspaces=LIST)
    start = start_from_token(value=value, account=ada, now=scene.clock.now)
    real = module.ask

    def slow(*args: Any) -> Any:
        found = real(*args)
        Start.objects.filter(pk=start.pk).update(claim=None)
        return found

    monkeypatch.setattr(module, "ask", slow)
    take_up_intake(clock=scene.clock)
    assert fresh(start).status == StartStatus.ASKING
    monkeypatch.setattr(module, "ask", real)
    scene.clock.advance(minutes=5)
    take_up_intake(clock=scene.clock)
    assert fresh(start).status == StartStatus.ANSWERED


def test_who_lost_the_right_stores_nothing(scene: Scene, ada: Account) -> None:
    start, _ = paste(scene, ada)
    finish_start(start=start, ticked={8}, entry=ENTRY, now=scene.clock.now)
    Account.objects.filter(pk=ada.pk).update(role=Role.AUDITOR.value)
    take_up_intake(clock=scene.clock)
    assert "may not store tokens" in fresh(start).problem
    assert not Token.objects.exists()


def test_the_issue_day_is_kept(scene: Scene, ada: Account) -> None:
    issued = scene.clock.now - timedelta(days=40)
    start, _ = paste(scene, ada)
    finish_start(
        start=start, ticked={8}, entry=replace(ENTRY, issued_at=issued), now=scene.clock.now
    )
    take_up_intake(clock=scene.clock)
    assert Token.objects.get().issued_at == issued
