"""The way back in from the host: whoever has it may end a second factor that nobody can use."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_account
from tokens.audit import Event
from tokens.models import Account, AuditEvent, Authenticator, RecoveryCode
from tokens.policy.vocabulary import Role
from tokens.services.second_factor import keeping

pytestmark = pytest.mark.django_db


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("end_second_factor", "--json", *words, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def with_authenticator() -> Account:
    account = make_account(role=Role.ADMINISTRATOR)
    Authenticator.objects.create(
        account=account, sealed=keeping.sealed(keeping.new_secret()), created_at=timezone.now()
    )
    Account.objects.filter(pk=account.pk).update(has_second_factor=True)
    return account


def test_it_is_taken_away_and_audited() -> None:
    account = with_authenticator()
    assert run(account.email.upper()) == {"email": account.email}
    account.refresh_from_db()
    assert not account.has_second_factor
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    entry = AuditEvent.objects.get(kind=Event.SECOND_FACTOR_REMOVED)
    assert (entry.actor_kind, entry.subject_name) == ("command", account.email)


@pytest.mark.parametrize("known", [True, False])
def test_nothing_to_end_is_said(known: bool) -> None:
    address = make_account(role=Role.AUDITOR).email if known else "nobody@acme.example"
    with pytest.raises(SystemExit) as ended:
        run(address)
    assert ended.value.code == 2
