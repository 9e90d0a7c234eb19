"""Erasing a company's values: nothing opens any more, nothing else is claimed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories import ACTOR, NOW, accepted, make_token, token_value
from tokens.audit import verify
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import AuditEvent, Rotation, Secret, Token
from tokens.models.flag_queries import flagged
from tokens.models.lifecycle import RotationStatus
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Flag
from tokens.selectors.facts import one
from tokens.services.erase_company import Erased, erase_company
from tokens.services.identify import identify
from tokens.services.probing.claiming import Pace, claim_due
from tokens.services.record_revocation import record_revocation
from tokens.services.request_check import request_check

pytestmark = pytest.mark.django_db
BY, UNTIL = "ada@acme.example", date(2027, 3, 1)
LATER = NOW + timedelta(days=30)


def erase(token: Token, **changes: Any) -> Erased:
    given = {"reason": "asked by the client", "by": BY, "backups_expire": UNTIL, **changes}
    return erase_company(company=token.company, actor=ACTOR, now=NOW, **given)


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


def test_values_are_gone_and_everything_else_stays() -> None:
    token = make_token(company_name="Acme", secret=accepted())
    other = make_token(company_name="Other")
    assert erase(token) == Erased(tokens=1, rotations=0, in_force=1, shared=())
    token.refresh_from_db()
    other.refresh_from_db()
    assert (token.sealed, token.key_id, token.state) == (None, "", "active")
    assert other.sealed is not None
    secret = Secret.objects.get(pk=token.secret_id)
    assert (secret.destroyed_at, secret.next_check_at, secret.health) == (NOW, None, "valid")
    assert kinds()[-2:] == ["ciphertext.destroyed", "company.erased"]
    for entry in AuditEvent.objects.order_by("-id")[:2]:
        assert '"backups_expire":"2027-03-01"' in entry.data
        assert '"by":"ada@acme.example"' in entry.data
        assert str(entry.company_id) == str(token.company_id)
    assert verify().ok


def test_it_is_never_asked_about_and_no_flag_asks_for_it() -> None:
    token = make_token(secret=accepted())
    claim_due(pace=Pace(concurrency=1, timeout_seconds=1), now=NOW)
    erase(token)
    assert Secret.objects.get(pk=token.secret_id).claim is None
    assert claim_due(pace=Pace(concurrency=1, timeout_seconds=1), now=LATER) == []
    with pytest.raises(WrongState, match="destroyed"):
        request_check(token=token, actor=ACTOR, now=LATER)
    row = one(token.pk, DEFAULT, LATER)
    assert row is not None
    assert not row.held
    assert "stale" not in row.flags
    assert "not_held" in row.flags
    assert not Token.objects.filter(flagged(Flag.STALE, rules=DEFAULT, now=LATER)).exists()
    assert Token.objects.filter(flagged(Flag.NOT_HELD, rules=DEFAULT, now=LATER)).exists()


def test_a_value_of_another_company_too_is_left_and_named() -> None:
    value = token_value()
    ours = make_token(value=value, company_name="Acme", allow_shared=True)
    theirs = make_token(value=value, company_name="Other", allow_shared=True)
    assert erase(ours).shared == (ours,)
    for row in (ours, theirs):
        row.refresh_from_db()
        assert row.sealed is not None
    assert f'"shared":["{ours.pk}"]' in AuditEvent.objects.get(kind="company.erased").data


def test_what_waits_in_a_rotation_goes_too() -> None:
    token, new = make_token(), make_token(company_name="Other")
    rotation = Rotation.objects.create(
        token=token, new_token_id=new.pk, status=RotationStatus.WAITING.value, sealed=new.sealed,
        key_id=new.key_id, fingerprint=bytes(32), started_at=NOW, started_by="a",
    )  # fmt: skip
    assert erase(token).rotations == 1
    rotation.refresh_from_db()
    assert (rotation.sealed, rotation.fingerprint, rotation.status) == (None, None, "cancelled")
    assert "rotation.cancelled" in kinds()


def test_it_is_recognised_and_not_stored_again() -> None:
    value = token_value()
    token = make_token(value=value)
    erase(token)
    assert list(identify(value=value, actor=ACTOR, now=NOW).tokens) == [token]
    for allow_shared in (False, True):
        with pytest.raises(AlreadyKnown, match="erased"):
            make_token(value=value, label="again", allow_shared=allow_shared)


def test_its_revocation_is_recorded_without_a_proof_to_wait_for() -> None:
    token = make_token(secret=accepted())
    erase(token)
    record = record_revocation(token=token, reason="gone", by=BY, actor=ACTOR, now=LATER)
    assert (record.proof, record.proof_reason) == ("claimed", "not_held")
    assert Secret.objects.get(pk=token.secret_id).next_check_at is None


def test_a_second_run_finds_nothing() -> None:
    token = make_token()
    erase(token)
    assert erase(token) == Erased(tokens=0, rotations=0, in_force=0, shared=())
    assert kinds().count("ciphertext.destroyed") == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"by": ""}, "by"),
        ({"by": "nobody"}, "by"),
        ({"backups_expire": NOW.date() - timedelta(days=1)}, "backups_expire"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, Any], field: str) -> None:
    token = make_token()
    with pytest.raises(InvalidInput) as caught:
        erase(token, **changes)
    assert caught.value.field == field
    token.refresh_from_db()
    assert token.sealed is not None


def test_the_command_says_until_when_backups_hold_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = make_token(company_name="Acme")
    given = {"reason": "asked", "by": BY, "backups_expire": "2099-01-31"}
    call_command("erase_company", "Acme", dry_run=True, **given)
    assert "1 stored values would be destroyed" in capsys.readouterr().out
    token.refresh_from_db()
    assert token.sealed is not None
    assert "company.erased" not in kinds()
    call_command("erase_company", "Acme", **given)
    said = capsys.readouterr().out
    assert "the last one is gone on 2099-01-31" in said
    assert "1 of them are not recorded as revoked" in said
    call_command("erase_company", "Acme", json=True, **given)
    assert json.loads(capsys.readouterr().out)["tokens"] == 0
    with pytest.raises(SystemExit) as ended:
        call_command("erase_company", "Nobody", **given)
    assert ended.value.code == 2
