"""`export_inventory`: exact columns, formats, neutralised cells, files and the audit entry."""

from __future__ import annotations

import csv
import io
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.selectors import build
from tokens.audit import system, verify
from tokens.errors import InvalidInput
from tokens.models import AuditEvent, Token
from tokens.policy.roles import EVERYTHING
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Health, Proof, State
from tokens.selectors.filters import Filters
from tokens.selectors.records import FREE_TEXT
from tokens.services.export_inventory import BATCH, export_inventory, stream

pytestmark = pytest.mark.django_db
ACTOR = system("test")
HEADER = (
    "id,company,workspace_id,integration,environment,scope,label,owner_email,created_by_email,"
    "hint,replaces,state,health,flags,issued_at,age_days,due_at,last_checked_at,last_outcome,"
    "last_conclusive_at,last_used_at,last_used_evidence,revoked_at,revocation_proof"
)


def exported(name: str, filters: Filters | None = None) -> str:
    out = io.StringIO()
    export_inventory(
        format=name, out=out, rules=DEFAULT, now=build.NOW, actor=ACTOR, filters=filters
    )
    return out.getvalue()


def one() -> Token:
    company = build.company("Acme GmbH", workspace_id=4711)
    token = build.token(
        company=company.name,
        issued_at=datetime(2026, 8, 1, tzinfo=UTC),
        owner=None,
        label="a",
        last_used_at=datetime(2026, 11, 2, 5, 6, 7, tzinfo=UTC),
        last_used_evidence="log",
    )
    token.created_by = build.person("maker@acme.example")
    token.save()
    return token


def test_a_token_as_json() -> None:
    token = one()
    assert json.loads(exported("json")) == [
        {
            "id": str(token.pk),
            "company": "Acme GmbH",
            "workspace_id": 4711,
            "integration": "Supplier portal",
            "environment": "production",
            "scope": "read",
            "label": "a",
            "owner_email": "",
            "created_by_email": "maker@acme.example",
            "hint": "sk_live_…8f2c",
            "replaces": None,
            "state": "active",
            "health": "valid",
            "flags": ["overdue", "ownerless"],
            "issued_at": "2026-08-01T00:00:00Z",
            "age_days": 115,
            "due_at": "2026-10-30T00:00:00Z",
            "last_checked_at": "2026-11-24T09:10:00Z",
            "last_outcome": "valid",
            "last_conclusive_at": "2026-11-24T09:10:00Z",
            "last_used_at": "2026-11-02T05:06:07Z",
            "last_used_evidence": "log",
            "revoked_at": None,
            "revocation_proof": "none",
        }
    ]


def test_the_same_token_as_csv() -> None:
    token = one()
    header, row = csv.reader(io.StringIO(exported("csv")))
    assert ",".join(header) == HEADER
    cells = dict(zip(header, row, strict=True))
    assert (cells["id"], cells["flags"]) == (str(token.pk), "overdue ownerless")
    assert (cells["replaces"], cells["workspace_id"], cells["age_days"]) == ("", "4711", "115")


def test_replaced_and_revoked_tokens_are_listed_too() -> None:
    old = build.token(state=State.REPLACED, replaced_at=build.ago(days=8))
    build.token(replaces=old)
    build.token(label="gone", state=State.REVOKED, proof=Proof.CONTRADICTED, health=Health.VALID)
    found = {each["state"]: each for each in json.loads(exported("json"))}
    assert found["active"]["replaces"] == str(old.pk)
    assert found["replaced"]["flags"] == ["not_revoked"]
    assert found["revoked"]["flags"] == ["revocation_contradicted"]
    assert found["revoked"]["revocation_proof"] == "contradicted"
    assert found["revoked"]["revoked_at"] == "2026-11-21T09:30:00Z"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_run_by_a_spreadsheet(start: str) -> None:
    build.token(label=f"{start}HYPERLINK(1)", company=f"{start}cmd|' /C calc'!A0")
    (row,) = csv.DictReader(io.StringIO(exported("csv")))
    assert row["label"] == f"'{start}HYPERLINK(1)"
    assert row["company"].startswith(f"'{start}cmd")
    (plain,) = json.loads(exported("json"))
    assert plain["label"] == f"{start}HYPERLINK(1)"


def test_no_text_that_people_write_is_run_by_a_spreadsheet() -> None:
    token = build.token(label="=a", company="=b", integration="=c", owner="=d@acme.example")
    token.created_by, token.hint = build.person("=e@acme.example"), "=f"
    token.save()
    (row,) = csv.DictReader(io.StringIO(exported("csv")))
    started = {name for name, cell in row.items() if cell.startswith("'=")}
    assert started == set(FREE_TEXT)
    assert not [cell for cell in row.values() if cell.startswith("=")]


def test_cells_with_separators_and_quotes_come_back_whole() -> None:
    build.token(label='a, "b"; ü')
    (row,) = csv.DictReader(io.StringIO(exported("csv")))
    assert row["label"] == 'a, "b"; ü'


@pytest.mark.parametrize("label", ['a "b" \\c', "tab\tand\x00\x1f\u2028", "é ü 🎈", "50 %s %(a)s"])
def test_json_is_written_as_pythons_own_encoder_does(label: str) -> None:
    token = one()
    Token.objects.filter(pk=token.pk).update(label=label.replace("\0", ""), replaces=build.token())
    written = exported("json")
    objects = json.loads(written)
    encoded = [json.dumps(each, ensure_ascii=False) for each in objects]
    assert written == "[\n" + ",\n".join(encoded) + "\n]\n"
    assert {each["label"] for each in objects} > {label.replace("\0", "")}


def test_an_empty_inventory_is_an_empty_array_and_a_header() -> None:
    assert json.loads(exported("json")) == []
    assert exported("csv") == HEADER + "\n"


def test_more_than_one_batch_is_still_one_array() -> None:
    for place in range(BATCH + 3):
        build.token(label=str(place))
    assert len(json.loads(exported("json"))) == BATCH + 3
    assert len(list(csv.reader(io.StringIO(exported("csv"))))) == BATCH + 4


def test_it_is_recorded_with_its_count_before_a_byte_leaves() -> None:
    one()
    build.token(label="b", environment="development")
    pieces = stream(
        reach=EVERYTHING,
        format="csv",
        rules=DEFAULT,
        now=build.NOW,
        actor=ACTOR,
        filters=Filters(environment=("development",)),
    )
    entry = AuditEvent.objects.get(kind="export.done")
    assert json.loads(entry.data) == {
        "filters": ["environment=development"],
        "format": "csv",
        "rows": 1,
    }
    assert len("".join(pieces).splitlines()) == 2
    assert verify().ok


def test_an_unknown_format_is_refused_and_not_recorded() -> None:
    with pytest.raises(InvalidInput):
        exported("xml")
    assert not AuditEvent.objects.exists()


def test_the_columns_cost_one_query_however_many_rows(
    django_assert_max_num_queries: object,
) -> None:
    for place in range(7):
        build.token(label=str(place))
    with django_assert_max_num_queries(12) as asked:  # type: ignore[operator]
        exported("json")
    assert sum("tokens_token" in query["sql"] for query in asked.captured_queries) == 2


def test_the_command_puts_data_alone_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = one()
    call_command("export_inventory", "--format", "json")
    said = capsys.readouterr()
    assert [each["id"] for each in json.loads(said.out)] == [str(token.pk)]
    assert said.err == ""


def test_the_command_writes_a_private_file_and_says_how_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one()
    path = tmp_path / "inventory.csv"
    path.write_text("old")
    call_command("export_inventory", "--format", "csv", "--output", str(path), "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "rows": 1,
        "format": "csv",
        "output": str(path),
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().splitlines()) == 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "arguments", [[], ["--format", "xml"], ["--format", "csv", "--output", "/nowhere/at/all.csv"]]
)
def test_bad_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from tokens.management.commands.export_inventory import Command

    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "export_inventory", *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_is_no_file_and_nothing_is_left_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("export_inventory", "--format", "csv", "--output", str(tmp_path))
    assert ended.value.code == 2
    assert list(tmp_path.iterdir()) == []
    assert "output" in capsys.readouterr().err
