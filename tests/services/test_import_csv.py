"""Importing a file: all rows or none, every bad row named."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR, NOW, make_token, token_value
from tokens.audit import verify
from tokens.models import AuditEvent, Company, Secret, Token
from tokens.services.import_csv import ImportRefused, ImportResult, RowError, import_csv

pytestmark = pytest.mark.django_db

COLUMNS = (
    "company",
    "workspace_id",
    "integration",
    "environment",
    "scope",
    "owner_email",
    "created_by_email",
    "issued_at",
    "token",
    "label",
    "held",
    "where",
    "runbook_url",
)


def row(**cells: str) -> str:
    defaults = {
        "company": "Acme",
        "integration": "Portal",
        "environment": "production",
        "scope": "read",
        "owner_email": "ann@example.com",
        "issued_at": "2026-01-01",
        "token": "" if cells.get("held") == "no" else token_value(),
    }
    return ",".join((defaults | cells).get(column, "") for column in COLUMNS)


def table(*rows: str) -> bytes:
    return "\n".join([",".join(COLUMNS), *rows]).encode()


def imported(data: bytes, *, dry_run: bool = False, allow_shared: bool = False) -> ImportResult:
    return import_csv(
        source=io.BytesIO(data), dry_run=dry_run, allow_shared=allow_shared, actor=ACTOR, now=NOW
    )


def refused(data: bytes, *, allow_shared: bool = False) -> list[RowError]:
    before = Token.objects.count(), Company.objects.count(), AuditEvent.objects.count()
    with pytest.raises(ImportRefused) as caught:
        imported(data, allow_shared=allow_shared)
    assert (Token.objects.count(), Company.objects.count(), AuditEvent.objects.count()) == before
    return caught.value.errors


def told(errors: Iterable[RowError]) -> list[tuple[int, str]]:
    return [(error.line, error.column) for error in errors]


def test_rows_become_tokens_with_everything_they_name() -> None:
    result = imported(
        table(
            row(company="Acme", workspace_id="41", label="eu", issued_at="2026-01-01T12:00+02:00"),
            row(company="Beta", held="no", where="vault kv/x", runbook_url="https://wiki/x"),
            row(company="Gamma", held="yes", issued_at="", owner_email=""),
        )
    )
    assert (result.rows, result.created, result.companies) == (3, 3, 3)
    assert (result.integrations, result.people, result.dry_run) == (1, 1, False)
    acme, beta, gamma = Token.objects.order_by("company__name")
    assert (acme.company.workspace_id, acme.label) == (41, "eu")
    assert acme.issued_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert (beta.secret.is_held, beta.where, beta.runbook_url) == (
        False,
        "vault kv/x",
        "https://wiki/x",
    )
    assert (gamma.owner, gamma.issued_at) == (None, None)


def test_the_trail_has_one_entry_a_token_and_one_of_the_import() -> None:
    imported(table(row(), row(label="b")))
    assert AuditEvent.objects.filter(kind="token.imported").count() == 2
    done = AuditEvent.objects.get(kind="import.done")
    assert '"created":2' in done.data
    assert '"line":3' in AuditEvent.objects.filter(kind="token.imported").latest("id").data
    assert verify().ok


def test_a_dry_run_says_the_same_and_leaves_nothing() -> None:
    result = imported(table(row(), row(label="b")), dry_run=True)
    assert (result.rows, result.companies, result.dry_run) == (2, 1, True)
    assert not Token.objects.exists()
    assert not Company.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_dry_run_finds_the_same_errors() -> None:
    with pytest.raises(ImportRefused):
        imported(table(row(scope="all")), dry_run=True)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"company": ""}, "company"),
        ({"company": "x" * 201}, "company"),
        ({"workspace_id": "x"}, "workspace_id"),
        ({"workspace_id": "-1"}, "workspace_id"),
        ({"integration": ""}, "integration"),
        ({"environment": "prod"}, "environment"),
        ({"scope": ""}, "scope"),
        ({"owner_email": "ann"}, "owner_email"),
        ({"created_by_email": "ann"}, "created_by_email"),
        ({"issued_at": "01/02/2026"}, "issued_at"),
        ({"issued_at": "2026-03-04"}, "issued_at"),
        ({"token": ""}, "token"),
        ({"token": "short"}, "token"),
        ({"token": " " + "x" * 20}, "token"),
        ({"held": "no", "token": "x" * 20}, "token"),
        ({"held": "maybe"}, "held"),
        ({"label": "x" * 101}, "label"),
        ({"runbook_url": "file:///etc/passwd"}, "runbook_url"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(cells: dict[str, str], column: str) -> None:
    assert told(refused(table(row(label="good"), row(**cells)))) == [(3, column)]


def test_all_errors_of_a_file_are_told_at_once_in_order() -> None:
    stored, other = token_value(), token_value()
    make_token(value=stored, company_name="Old")
    data = table(
        row(scope="all", environment="x"),
        row(company="B", token=other),
        row(company="C", token=other),
        row(company="D", token=stored),
        "too,few",
        row(company="B", label=""),
    )
    errors = refused(data)
    assert told(errors) == [
        (2, "environment"),
        (2, "scope"),
        (4, "token"),
        (5, "token"),
        (6, ""),
        (7, "label"),
    ]
    assert errors[2].reason == "is the same as in line 3"
    assert "is already stored: " in errors[3].reason
    assert errors[5].reason.endswith("the same place as in line 3")


def test_no_message_repeats_a_cell_of_a_shifted_row() -> None:
    value = token_value("shapeless-")
    for column in COLUMNS:
        errors = refused(table(row(**{column: value, "environment": "x" + value})))
        assert value not in repr(errors)


def test_a_value_twice_in_a_file_is_one_secret_if_sharing_is_confirmed() -> None:
    value = token_value()
    rows = [row(company="A", token=value), row(company="B", token=value)]
    assert told(refused(table(*rows))) == [(3, "token")]
    imported(table(*rows), allow_shared=True)
    assert Secret.objects.get().is_shared
    assert Token.objects.count() == 2


def test_a_shared_value_twice_in_one_place_names_the_label() -> None:
    value = token_value()
    errors = refused(table(row(token=value), row(token=value)), allow_shared=True)
    assert told(errors) == [(3, "label")]


def test_rows_of_a_file_agree_on_their_companies() -> None:
    result = imported(
        table(
            row(company="Acme"),
            row(company="Acme", workspace_id="5", label="b"),
            row(company="Beta", workspace_id="6"),
        )
    )
    assert result.companies == 2
    assert Company.objects.get(name="Acme").workspace_id == 5
    errors = refused(
        table(
            row(company="Acme", workspace_id="7", label="c"),
            row(company="Gamma", workspace_id="6"),
        )
    )
    assert told(errors) == [(2, "workspace_id"), (3, "company")]


def test_quoted_newlines_keep_the_count_of_lines() -> None:
    errors = refused(table(row(where='"one\ntwo"'), row(scope="x", label="b")))
    assert told(errors) == [(4, "scope")]


def test_the_second_import_of_a_file_is_refused_row_by_row() -> None:
    data = table(row(), row(label="b"))
    imported(data)
    assert told(refused(data)) == [(2, "token"), (3, "token")]


def test_a_thousand_rows_are_looked_up_at_once() -> None:
    looked_up = []
    for size in (100, 1_000):
        rows = [
            row(company=f"C{size} {n % 50}", integration=f"I{n % 20}", label=str(n))
            for n in range(size)
        ]
        with CaptureQueriesContext(connection) as queries:
            imported(table(*rows))
        looked_up.append(sum("INSERT" not in query["sql"] for query in queries))
    assert looked_up[1] <= looked_up[0] + 6


def test_progress_ends_with_all_rows() -> None:
    seen: list[tuple[int, int]] = []
    import_csv(
        source=table(row(), row(label="b")),
        dry_run=True,
        allow_shared=False,
        actor=ACTOR,
        now=NOW,
        progress=lambda done, rows: seen.append((done, rows)),
    )
    assert seen[-1] == (2, 2)
