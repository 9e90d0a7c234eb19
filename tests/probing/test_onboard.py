"""onboard: one token on standard input, its companies on standard output."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories import make_company, make_token, token_value
from tests.probing.conftest import Scene
from tokens.models import AuditEvent, Company, Start, Token

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
LIST = [
    {"workspace_id": 7, "id": 1, "workspace_name": "Acme GmbH", "type": "active"},
    {"workspace_id": 8, "id": 2, "workspace_name": "Birch AG", "type": "test"},
]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def go(value: str, *arguments: str) -> tuple[int, dict[str, Any], str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(value + "\n"))
        code = 0
        try:
            call_command("onboard", "--json", *arguments)
        except SystemExit as ended:
            code = int(str(ended.code))
        said = capsys.readouterr()
        assert value not in said.out + said.err
        lines = said.out.strip().splitlines()
        return code, json.loads(lines[-1]) if lines else {}, said.err

    return go


def seed(scene: Scene, mode: str = "valid") -> str:
    value = token_value()
    scene.coolset.seed(value, mode, workspaces=LIST)
    return value


def test_it_only_looks_unless_told_otherwise(scene: Scene, run: Any) -> None:
    make_company("Acme GmbH", workspace_id=7)
    code, told, _ = run(seed(scene))
    assert code == 0
    assert told["complete"] is True
    assert [(each["name"], each["was"]) for each in told["companies"]] == [
        ("Acme GmbH", "known"),
        ("Birch AG", "new"),
    ]
    assert Company.objects.count() == 1
    assert not Token.objects.exists()
    assert not Start.objects.exists()
    assert AuditEvent.objects.filter(kind="onboarding.asked").count() == 1


def test_it_takes_over_and_stores(scene: Scene, run: Any) -> None:
    options = (
        "--take",
        "8",
        "--store-for",
        "8",
        "--integration",
        "Portal",
        "--owner",
        "o@x.example",
    )
    code, told, _ = run(seed(scene), *options)
    assert code == 0
    token = Token.objects.select_related("company", "secret").get(pk=told["id"])
    assert (token.company.name, token.company.workspace_type) == ("Birch AG", "test")
    assert len(token.secret.own_calls) == 2
    assert AuditEvent.objects.get(kind="token.registered").actor_kind != "account"
    assert not Company.objects.filter(name="Acme GmbH").exists()


def test_all_of_them(scene: Scene, run: Any) -> None:
    code, told, _ = run(seed(scene), "--take-all")
    assert (code, told["id"]) == (0, None)
    assert Company.objects.count() == 2


@pytest.mark.parametrize("mode", ["unauthorized", "503"])
def test_what_coolset_does_not_accept_takes_nothing_over(
    scene: Scene,
    run: Any,
    mode: str,
) -> None:
    code, told, _ = run(seed(scene, mode), "--take-all")
    assert code == 1
    assert told["companies"] == []
    assert not Company.objects.exists()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--take", "99"), "companies"),
        (("--store-for", "8", "--integration", "Portal"), "workspace_id"),
        (("--store-for", "8"), "--integration"),
        (("--store-for", "8", "--integration", "x", "--issued-at", "soon"), "--issued-at"),
    ],
)
def test_bad_input_ends_with_two(
    scene: Scene,
    run: Any,
    options: tuple[str, ...],
    field: str,
) -> None:
    code, told, said = run(seed(scene), *options)
    assert (code, told["field"]) == (2, field)
    assert field in said
    assert not Company.objects.exists()


def test_a_stored_value_is_told_where(scene: Scene, run: Any) -> None:
    value = token_value()
    token = make_token(value=value)
    code, told, _ = run(value)
    assert code == 2
    assert token.company.name in told["error"]
