"""policy: from a shell, on the same services as the pages."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.factories import make_integration, make_token
from tokens.models import AuditEvent, Policy, Token
from tokens.policy.book import BASE

pytestmark = pytest.mark.django_db


def run(*words: str, code: int = 0) -> dict[str, Any]:
    out = StringIO()
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command("policy", *words, "--json", stdout=out, stderr=StringIO())
        assert ended.value.code == code
    else:
        call_command("policy", *words, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return answer


def admin_token() -> Token:
    return make_token(scope="admin", now=timezone.now())


def test_a_policy_is_previewed_created_changed_and_removed() -> None:
    token = admin_token()
    words = ("create", "Admin scope", "--scope", "admin", "--rotate-days", "30")
    seen = run(*words, "--preview")
    assert (seen["applied"], seen["applies"]) == (0, 1)
    assert set(seen["effects"]) == {"overdue", "expiring", "unused", "stale", "not_revoked"}
    assert not Policy.objects.exists()
    made = run(*words)
    assert (made["tokens"], made["thresholds"]) == (1, "14, 7, 1, 0")
    number = str(made["id"])
    integration = make_integration("Supplier portal")
    changed = run(
        "change", number, "--integration", integration.name, "--scope", "", "--thresholds", "3 0"
    )
    assert (changed["applies_to"], changed["thresholds"]) == ("tokens of Supplier portal", "3, 0")
    assert (changed["name"], changed["rotate_days"], changed["tokens"]) == ("Admin scope", 30, 0)
    assert [one["id"] for one in run("list")["policies"]] == [made["id"], BASE]
    assert run("remove", number, "--preview")["applies"] == 0
    assert run("remove", number) == {"id": made["id"], "tokens": 0}
    token.refresh_from_db()
    assert token.policy is None
    kinds = AuditEvent.objects.filter(kind__startswith="policy.").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "policy.created", "policy.changed", "policy.removed",
    ]  # fmt: skip


def test_the_base_policy_is_number_one() -> None:
    assert run("change", "1", "--rotate-days", "60")["rotate_days"] == 60
    assert run("remove", "1", code=2)["field"] == "policy"


def test_tokens_are_chosen_one_by_hand_and_go_back() -> None:
    token = admin_token()
    number = str(run("create", "Legacy", "--rotate-days", "180")["id"])
    assert run("choose", str(token.pk), "--policy", number) == {"changed": 1}
    token.refresh_from_db()
    assert str(token.policy_id) == number
    assert run("choose", str(token.pk), "--by-place") == {"changed": 1}
    assert run("choose", str(token.pk), "--policy", "99", code=2)["field"] == "--policy"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("create", "x", "--company", "Nobody Ltd"), "company"),
        (("create", "x", "--rotate-days", "0"), "rotate_days"),
        (("create", "x", "--rotate-days", "5"), "warn_days"),
        (("create", "x", "--thresholds", "soon"), "thresholds"),
        (("change", "99"), "ID"),
        (("remove", "99"), "ID"),
    ],
)
def test_what_cannot_be_is_named(words: tuple[str, ...], field: str) -> None:
    assert run(*words, code=2)["field"] == field
    assert not Policy.objects.exists()


def test_words_for_people() -> None:
    admin_token()
    out = StringIO()
    call_command("policy", "list", stdout=out)
    assert out.getvalue() == "1  Base policy: all other tokens, rotate every 90 days, 1 token\n"
    call_command("policy", "create", "Admin scope", "--scope", "admin", "--preview", stdout=out)
    assert "It applies to 0 tokens now and would to 1." in out.getvalue()
