"""add, revoke, report-use: what they change, what they ask, and what they never show."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.client.conftest import Client, new_key, usage_key
from tests.client.terminal import at_terminal
from tests.factories import make_token, token_value
from tokens.models import Approval, Revocation, Token
from tokens.policy.roles import Permission
from tokens.policy.two_people import Rule

pytestmark = pytest.mark.enable_socket
PLACE = (
    "--company", "Acme GmbH", "--integration", "ERP", "--environment", "production",
    "--scope", "write",
)  # fmt: skip
BY = ("--by", "ada@acme.example")
FIELDS = {
    "--workspace-id": "42", "--label": "blue", "--owner-email": "ada@acme.example",
    "--created-by-email": "bob@acme.example", "--issued-at": "2026-09-01",
    "--where": "vault, restart the portal", "--runbook-url": "https://acme.example/run",
}  # fmt: skip


def test_a_token_is_added_with_every_field_from_a_pipe(client: Client) -> None:
    value = token_value()
    more = [word for pair in FIELDS.items() for word in pair]
    done = client.run("add", *PLACE, *more, "--json", stdin=f"{value}\n")
    assert done.returncode == 0, done.stderr
    token = Token.objects.select_related("company", "owner", "created_by", "secret").get()
    shown = json.loads(done.stdout.splitlines()[-1])
    assert shown["id"] == str(token.pk)
    assert (token.company.workspace_id, token.label) == (42, "blue")
    assert token.owner is not None
    assert (token.owner.email, shown["created_by_email"]) == (
        "ada@acme.example", "bob@acme.example",
    )  # fmt: skip
    assert (token.where, token.runbook_url) == (FIELDS["--where"], FIELDS["--runbook-url"])
    assert shown["issued_at"] == "2026-09-01T00:00:00Z"
    assert value not in done.stdout + done.stderr


def test_a_token_that_nobody_holds_asks_for_no_value(client: Client) -> None:
    done = client.run("add", *PLACE, "--not-held")
    assert done.returncode == 0, done.stderr
    token = Token.objects.get()
    assert done.stdout.splitlines()[-1] == str(token.pk)
    assert "not_held" in client.run("show", str(token.pk)).stdout


def test_sent_again_with_its_key_it_is_stored_once(client: Client) -> None:
    value = token_value()
    words = ["add", *PLACE, "--idempotency-key", "deploy-7", "--json"]
    first, second = (client.run(*words, stdin=value) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert json.loads(first.stdout)["id"] == json.loads(second.stdout)["id"]
    other = client.run(*words, stdin=token_value())
    assert other.returncode == 2
    assert "Idempotency-Key" in other.stderr
    assert Token.objects.count() == 1
    assert "--idempotency-key must" in client.run(*words[:-2], "ü \n", stdin=value).stderr


def test_a_stored_value_is_refused_unless_it_may_be_shared(client: Client) -> None:
    value = token_value()
    make_token(value=value)
    done = client.run("add", *PLACE, stdin=value)
    assert done.returncode == 2
    assert "token" in done.stderr
    assert value not in done.stdout + done.stderr
    assert client.run("add", *PLACE, "--allow-shared", stdin=value).returncode == 0


@pytest.mark.parametrize("stdin", ["", "short", "two words of it", "ünïcödé-value", "x" * 600])
def test_what_is_no_value_is_not_sent(client: Client, stdin: str) -> None:
    done = client.run("add", *PLACE, stdin=stdin)
    assert done.returncode == 2
    assert done.stderr.startswith("The value on standard input must ")
    assert not stdin or stdin not in done.stderr
    assert not Token.objects.exists()


def test_a_value_is_typed_without_being_shown(client: Client) -> None:
    value = token_value()
    seen, code = at_terminal(client, ["add", *PLACE], [("not shown", value)])
    assert code == 0, seen
    assert str(Token.objects.get().pk) in seen
    assert value not in seen


def test_a_revocation_is_recorded(client: Client) -> None:
    token = make_token()
    done = client.run(
        "revoke", str(token.pk), "--reason", "Portal switched off", *BY,
        "--at", "2026-11-01", "--yes", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = Revocation.objects.get()
    assert (record.reason, record.by) == ("Portal switched off", "ada@acme.example")
    assert json.loads(done.stdout.splitlines()[-1])["recorded"] is True


def test_nobody_is_there_to_be_asked(client: Client) -> None:
    done = client.run("revoke", str(make_token().pk), "--reason", "x", *BY, stdin="yes\n")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert not Revocation.objects.exists()


@pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("y", 1), ("", 1)])
def test_a_person_is_asked_first(client: Client, answer: str, code: int) -> None:
    token = make_token()
    words = ["revoke", str(token.pk), "--reason", "Portal switched off", *BY]
    seen, ended = at_terminal(client, words, [("Type yes", answer)])
    assert ended == code, seen
    assert token.integration.name in seen
    assert Revocation.objects.exists() is (code == 0)


def test_where_two_people_are_needed_it_waits(client: Client, settings: Any) -> None:
    settings.TWO_PERSON_RULE = frozenset({Rule.REVOCATION})
    done = client.run("revoke", str(make_token().pk), "--reason", "x", *BY, "--yes")
    assert done.returncode == 1
    assert done.stdout.startswith("Asked for, not recorded")
    assert not Revocation.objects.exists()
    assert Approval.objects.count() == 1


def test_use_is_reported_with_the_usage_key(client_of: Callable[[str], Client]) -> None:
    token = make_token()
    reporter = client_of(usage_key(token.integration))
    words = ["report-use", str(token.pk), "--address", "10.0.0.7", "--user-agent", "erp/2"]
    at = (timezone.now() - timedelta(hours=3)).isoformat(timespec="seconds")
    done = reporter.run(*words, "--seen-at", at, "--json")
    assert done.returncode == 0, done.stderr
    token.secret.refresh_from_db()
    assert token.secret.last_used_at is not None
    assert json.loads(done.stdout)["last_seen_at"].startswith(at[:19])
    other = client_of(new_key(Permission.VIEW)).run("report-use", str(token.pk))
    assert other.returncode == 2
    assert "usage key" in other.stderr
