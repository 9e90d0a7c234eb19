"""The command for roles in companies."""

import json
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories import make_account, make_company
from tokens.management.base import BAD_INPUT
from tokens.models import AuditEvent
from tokens.policy.vocabulary import Role

pytestmark = pytest.mark.django_db
Captured = pytest.CaptureFixture[str]


def ran(capsys: Captured, *words: str) -> dict[str, Any]:
    call_command("member", "--json", *words)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return answer


def test_give_list_end(capsys: Captured) -> None:
    company = make_company("Near GmbH")
    account = make_account("mia@near.example", role=Role.MEMBER)
    told = ran(capsys, "give", "Mia@near.example", "Near GmbH", "operator")
    assert told == {"company": "Near GmbH", "email": account.email, "role": "operator"}
    assert ran(capsys, "list") == {"members": [told]}
    assert ran(capsys, "end", account.email, "Near GmbH")["role"] == ""
    assert ran(capsys, "list") == {"members": []}
    entries = AuditEvent.objects.filter(kind__startswith="member.").values_list(
        "actor_kind", "company_id"
    )
    assert set(entries) == {("command", str(company.pk))}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("give", "nobody@near.example", "Near GmbH", "viewer"), "email"),
        (("give", "mia@near.example", "Far GmbH", "viewer"), "COMPANY"),
        (("end", "mia@near.example", "Near GmbH"), "no role"),
    ],
)
def test_what_is_not_there_is_named(capsys: Captured, words: tuple[str, ...], named: str) -> None:
    make_company("Near GmbH")
    make_account("mia@near.example", role=Role.MEMBER)
    with pytest.raises(SystemExit) as ended:
        call_command("member", *words)
    assert ended.value.code == BAD_INPUT
    assert named in capsys.readouterr().err
