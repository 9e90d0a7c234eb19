"""list, show, companies, integrations, rotate."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.client.conftest import Client, new_key
from tests.client.terminal import at_terminal
from tests.factories import make_company, make_token
from tokens.client.table import cells
from tokens.models import Token
from tokens.policy.roles import Permission

pytestmark = pytest.mark.enable_socket


def result(output: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(output.splitlines()[-1])
    return found


def test_the_list_is_a_table_and_whole_in_a_pipe(client: Client) -> None:
    token = make_token(integration_name="Integration with a name of great length " * 3)
    done = client.run("list")
    assert done.returncode == 0, done.stderr
    title, line = done.stdout.splitlines()
    assert title.split()[:2] == ["Integration", "Company"]
    assert token.integration.name.strip() in line
    assert line.endswith(str(token.pk))
    assert token.due_at.date().isoformat() in line
    assert done.stderr == ""


def test_filters_are_those_of_the_api(client: Client) -> None:
    mine = make_token(environment="development", scope="admin", label="blue")
    make_token(environment="production", scope="admin")
    make_token(environment="development", scope="read")
    done = client.run(
        "list", "--environment", "development", "--scope", "admin", "--scope", "write",
        "--q", "blue", "--sort=-due", "--json",
    )  # fmt: skip
    found = result(done.stdout)
    assert found["count"] == 1
    assert [each["id"] for each in found["results"]] == [str(mine.pk)]  # type: ignore[attr-defined]


def test_what_the_server_does_not_know_is_its_own_sentence_and_exit_2(client: Client) -> None:
    done = client.run("list", "--state", "gone")
    assert done.returncode == 2
    assert done.stderr == "state: is not one of active, replaced, revoked\n"


def test_all_pages_are_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.api.views.LARGEST", 2)
    monkeypatch.setattr("tokens.api.views._size", lambda text: 2)
    tokens = {str(make_token().pk) for _ in range(5)}
    found = result(client.run("list", "--json").stdout)
    assert {each["id"] for each in found["results"]} == tokens  # type: ignore[attr-defined]
    assert found["count"] == 5


def test_nothing_is_found(client: Client) -> None:
    done = client.run("list", "--flag", "overdue")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "None found.\n")


def test_one_token_is_shown_with_every_column(client: Client) -> None:
    token = make_token(label="blue")
    done = client.run("show", str(token.pk))
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines() if " " in line)
    assert lines["label"] == "blue"
    assert lines["hint"].startswith("sk_live_…")
    assert result(client.run("show", str(token.pk), "--json").stdout)["id"] == str(token.pk)


def test_an_id_that_is_none_or_unknown(client: Client) -> None:
    for word in ("..", "1", "x" * 36):
        done = client.run("show", word)
        assert (done.returncode, done.stdout) == (2, "")
        assert "is not the id of a token" in done.stderr
    done = client.run("show", str(uuid4()), "--json")
    assert done.returncode == 2
    assert done.stderr == "Not found. There is no such token.\n"
    assert result(done.stdout) == {"error": done.stderr.strip(), "status": 404}


def test_companies_and_integrations(client: Client) -> None:
    token = make_token()
    done = client.run("companies")
    assert done.stdout.splitlines()[1].split("  ")[0] == token.company.name
    found = result(client.run("integrations", "--json").stdout)
    assert found["results"][0]["name"] == token.integration.name  # type: ignore[index]


def test_a_key_of_one_company_lists_its_tokens_alone(client_of: Callable[[str], Client]) -> None:
    company = make_company()
    token, _ = make_token(company=company), make_token()
    bound = client_of(new_key(Permission.VIEW, company=company))
    found = result(bound.run("list", "--json").stdout)
    assert [each["id"] for each in found["results"]] == [str(token.pk)]  # type: ignore[attr-defined]


def test_rotation_is_left_to_the_page(client: Client) -> None:
    token = make_token()
    done = client.run("rotate", str(token.pk), COOLSET_TOKENS_KEY="")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == f"{client.url}/tokens/{token.pk}/rotate/"
    assert Token.objects.count() == 1


@pytest.mark.parametrize("columns", [120, 70, 30])
def test_the_table_fits_the_terminal(client: Client, columns: int) -> None:
    token = make_token(
        integration_name="Ein recht langer Name",
        company_name="名前 and a long name",
    )
    seen, code = at_terminal(client, ["list"], columns=columns)
    assert code == 0
    assert str(token.pk) in seen
    assert seen.splitlines()[-1].startswith("1 found.")
    assert ("No room for: Company" in seen) is (columns == 70)
    assert "Label" not in seen  # it is empty
    assert "\x1b" not in seen
    if columns > 30:
        assert all(cells(line) <= columns for line in seen.splitlines()[:-1])
    else:
        assert "Ein recht langer Name" in seen
