"""The guided rotation: it shows where it stands, resumes, and takes nothing without an answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_token, token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Revocation, Rotation, Token
from tokens.policy.vocabulary import Outcome, Proof, State
from tokens.web import rotate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(rotate, "wake_worker", sent.append)
    return sent


@pytest.fixture
def token() -> Token:
    return make_token(
        company_name="Acme GmbH",
        workspace_id=42,
        created_by_email="dev@acme.example",
        where="Parameter Store /portal",
        runbook_url="https://wiki.acme.example/rotate",
        scope="write",
    )


def address(token: Token) -> str:
    return f"/tokens/{token.pk}/rotate/"


def page(client: Client, token: Token) -> Any:
    answer = client.get(address(token))
    assert answer.status_code == 200
    return answer


def step_of(answer: Any) -> str:
    """The one step that is current."""
    steps = answer.context["guide"].steps.values()
    return next((step.name for step in steps if step.state == "current"), "")


def paste(client: Client, token: Token, value: str, **changes: str) -> Any:
    today = timezone.now().date().isoformat()
    data = {"step": "paste", "token": value, "issued_at": today, **changes}
    return client.post(address(token), data)


def turn(token: Token, status: str, **columns: Any) -> Rotation:
    """The rotation as the worker leaves it."""
    settled = {"sealed": None, "fingerprint": None, "key_id": ""}
    kept = {} if status in {"inconclusive", "waiting", "probing"} else settled
    Rotation.objects.filter(token=token).update(status=status, **kept, **columns)
    return Rotation.objects.get(token=token)


def replaced(token: Token, **columns: Any) -> Token:
    """The rotation done: `token` replaced by a new one."""
    now = timezone.now()
    Token.objects.filter(pk=token.pk).update(state=State.REPLACED.value, replaced_at=now)
    new = make_token(integration=token.integration, company=token.company, scope="write")
    Token.objects.filter(pk=new.pk).update(replaces=token)
    Rotation.objects.create(
        token=token,
        new_token_id=new.pk,
        status="done",
        started_at=now,
        started_by="ada",
        finished_at=now,
        **columns,
    )
    return Token.objects.get(pk=new.pk)


def test_the_guide_names_what_to_do_in_coolset(as_administrator: Client, token: Token) -> None:
    answer = page(as_administrator, token)
    text = answer.content.decode()
    for words in (
        "dev@acme.example",
        "Acme GmbH",
        "workspace 42",
        "Settings → API Tokens",
        "Generate New Token",
        "write",
        "Parameter Store /portal",
        "https://wiki.acme.example/rotate",
    ):
        assert words in text
    assert step_of(answer) == "generate"
    assert answer.context["form"].initial["issued_at"] == datetime.now(UTC).date()
    assert not Rotation.objects.exists()


def test_looking_at_the_guide_begins_nothing(as_administrator: Client, token: Token) -> None:
    page(as_administrator, token)
    assert not AuditEvent.objects.filter(kind=Event.ROTATION_STARTED.value).exists()


def test_a_pasted_value_is_sealed_and_asked_about(
    as_administrator: Client, token: Token, woken: list[str]
) -> None:
    value = token_value()
    answer = paste(as_administrator, token, value, created_by_email="new@acme.example")
    assert answer["Location"] == address(token)
    rotation = Rotation.objects.get()
    assert (rotation.status, rotation.started_by) == ("probing", "ada@acme.example")
    assert rotation.created_by is not None
    assert rotation.created_by.email == "new@acme.example"
    assert woken == ["tokens.sweep"]
    shown = page(as_administrator, token)
    assert step_of(shown) == "paste"
    assert "Asking Coolset about" in shown.content.decode()
    assert value not in shown.content.decode()
    token.refresh_from_db()
    assert token.state == State.ACTIVE.value


def test_waiting_polls_and_news_reloads(as_administrator: Client, token: Token) -> None:
    paste(as_administrator, token, token_value())
    headers = {"HX-Request": "true"}
    waiting = as_administrator.get(address(token), headers=headers)
    assert "hx-get" in waiting.content.decode()
    turn(token, "refused", reason="unauthorized")
    assert as_administrator.get(address(token), headers=headers)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("unauthorized", "Coolset refuses this value."),
        ("other_company", "This value belongs to another company."),
        ("already_known", "was taken in the meantime."),
    ],
)
def test_a_refusal_says_why_and_another_value_may_be_pasted(
    as_administrator: Client, token: Token, reason: str, words: str
) -> None:
    paste(as_administrator, token, token_value())
    turn(token, "refused", reason=reason, last_outcome=Outcome.UNAUTHORIZED.value)
    assert words in page(as_administrator, token).content.decode()
    assert paste(as_administrator, token, token_value()).status_code == 302
    assert Rotation.objects.get().status == "probing"


def test_no_answer_needs_the_explicit_tick(
    as_administrator: Client, token: Token, woken: list[str]
) -> None:
    paste(as_administrator, token, token_value())
    turn(token, "inconclusive", last_outcome=Outcome.UNREACHABLE.value, next_check_at=None)
    shown = page(as_administrator, token)
    text = shown.content.decode()
    assert "Take it although Coolset gave no answer" in text
    assert "could not be reached" in text
    as_administrator.post(address(token), {"step": "accept"})
    assert Rotation.objects.get().status == "inconclusive"
    as_administrator.post(address(token), {"step": "accept", "sure": "yes"})
    assert Rotation.objects.get().status == "waiting"
    assert woken == ["tokens.sweep"] * 2
    text = page(as_administrator, token).content.decode()
    assert "Asking Coolset about" in text
    turn(token, "waiting", next_check_at=timezone.now() + timedelta(minutes=5))
    text = page(as_administrator, token).content.decode()
    assert "The old token stays active until the new one answers" in text
    token.refresh_from_db()
    assert token.state == State.ACTIVE.value


@pytest.mark.parametrize(
    ("value", "changes", "field"),
    [
        ("", {}, "token"),
        ("short", {}, "token"),
        ("with a blank in it", {}, "token"),
        (None, {"issued_at": "2999-01-01"}, "issued_at"),
        (None, {"issued_at": ""}, "issued_at"),
        (None, {"created_by_email": "nobody"}, "created_by_email"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(
    as_administrator: Client, token: Token, value: str | None, changes: dict[str, str], field: str
) -> None:
    given = token_value() if value is None else value
    answer = paste(as_administrator, token, given, **changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not given or given not in answer.content.decode()


def test_a_known_value_is_refused_with_its_place(as_administrator: Client, token: Token) -> None:
    value = token_value()
    make_token(value=value, company_name="Other AG", integration_name="Old ERP")
    answer = paste(as_administrator, token, value)
    assert answer.status_code == 400
    assert "Old ERP · Other AG · production" in answer.content.decode()
    assert value not in answer.content.decode()


def test_a_token_in_the_wrong_field_is_not_echoed(as_administrator: Client, token: Token) -> None:
    value = token_value()
    answer = paste(as_administrator, token, value, created_by_email=value)
    assert answer.status_code == 400
    assert value not in answer.content.decode()


def test_giving_up_forgets_the_value(as_administrator: Client, token: Token) -> None:
    paste(as_administrator, token, token_value())
    answer = as_administrator.post(address(token), {"step": "cancel"})
    assert answer["Location"] == f"/tokens/{token.pk}/"
    rotation = Rotation.objects.get()
    assert (rotation.status, rotation.sealed) == ("cancelled", None)
    assert step_of(page(as_administrator, token)) == "generate"


def test_the_token_page_leads_back_into_the_guide(as_administrator: Client, token: Token) -> None:
    paste(as_administrator, token, token_value())
    text = as_administrator.get(f"/tokens/{token.pk}/").content.decode()
    assert "A rotation is under way," in text
    assert "Go on rotating" in text


def test_after_the_change_it_goes_on_to_deploy_and_watch(
    as_administrator: Client, token: Token
) -> None:
    new = replaced(token, warning="insufficient")
    shown = page(as_administrator, token)
    assert step_of(shown) == "deploy"
    assert f"/tokens/{new.pk}/" in shown.content.decode()
    assert "It works, but lacks permission." in shown.content.decode()
    assert 'name="token"' not in shown.content.decode()
    as_administrator.post(address(token), {"step": "deployed"})
    shown = page(as_administrator, token)
    assert step_of(shown) == "watch"
    assert "Nobody could look since" in shown.content.decode()
    assert f"/tokens/{token.pk}/revoke/" in shown.content.decode()


def test_the_watch_counts_the_hours_that_were_looked_at(
    as_administrator: Client, token: Token
) -> None:
    replaced(token, deployed_at=timezone.now() - timedelta(hours=3))
    token.secret.usages.create(
        source="headers", anchor_at=hour_of(timezone.now()), looked="3", seen="0"
    )
    text = page(as_administrator, token).content.decode()
    assert "nothing seen in 2 of 4 hours looked at" in text
    token.secret.usages.update(seen="1", looked="3")
    assert "seen in 1 of 4 hours, 2 of them looked at" in page(
        as_administrator, token
    ).content.decode().replace("\n", " ")


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


@pytest.mark.parametrize(
    ("proof", "words", "step"),
    [
        (Proof.CLAIMED, "Recorded, not proven", "proof"),
        (Proof.CONTRADICTED, "Still works!", "proof"),
        (Proof.CONFIRMED, "Coolset refuses the old value.", ""),
    ],
)
def test_the_last_step_is_the_proof(
    as_administrator: Client, token: Token, proof: Proof, words: str, step: str
) -> None:
    replaced(token, deployed_at=timezone.now())
    now = timezone.now()
    Token.objects.filter(pk=token.pk).update(state=State.REVOKED.value)
    Revocation.objects.create(
        secret=token.secret,
        token=token,
        reason="rotated",
        by="x@acme.example",
        recorded_by="ada",
        revoked_at=now,
        recorded_at=now,
        proof=proof.value,
        last_accepted_at=now,
        confirmed_at=now if proof is Proof.CONFIRMED else None,
    )
    shown = page(as_administrator, token)
    assert words in shown.content.decode()
    assert step_of(shown) == step


@pytest.mark.parametrize("step", ["accept", "deployed", "cancel"])
def test_a_step_out_of_turn_does_nothing(as_administrator: Client, token: Token, step: str) -> None:
    answer = as_administrator.post(address(token), {"step": step, "sure": "yes"}, follow=True)
    assert answer.status_code == 200
    assert not Rotation.objects.exists()


def test_an_unknown_step_is_refused(as_administrator: Client, token: Token) -> None:
    paste(as_administrator, token, token_value())
    assert as_administrator.post(address(token), {"step": "destroy"}).status_code == 400


def test_two_people_at_once_meet_in_one_rotation(as_administrator: Client, token: Token) -> None:
    paste(as_administrator, token, token_value())
    paste(as_administrator, token, token_value())
    assert Rotation.objects.count() == 1


def test_what_is_over_cannot_be_pasted_into(as_administrator: Client, token: Token) -> None:
    replaced(token)
    answer = paste(as_administrator, token, token_value())
    assert answer.status_code == 302
    assert Rotation.objects.get().sealed is None


def test_a_revoked_token_is_not_rotated(as_administrator: Client, token: Token) -> None:
    Token.objects.filter(pk=token.pk).update(state=State.REVOKED.value)
    assert as_administrator.get(address(token))["Location"] == f"/tokens/{token.pk}/"


def test_a_token_that_nobody_holds_gets_its_value_here(as_administrator: Client) -> None:
    token = make_token(value=None)
    assert paste(as_administrator, token, token_value()).status_code == 302
    assert Rotation.objects.get().status == "probing"


def test_an_auditor_may_not(as_auditor: Client, token: Token) -> None:
    assert paste(as_auditor, token, token_value()).status_code == 403
    assert not Rotation.objects.exists()
