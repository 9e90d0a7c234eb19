"""Importing by upload: tried first, stored on a word, and never on the disk."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.factories import token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Company, ImportDraft, Token
from tokens.services.csv_table import COLUMNS
from tokens.services.intake.draft import start_import
from tokens.services.intake.work import work_on_imports
from tokens.web import token_import, uploads

pytestmark = pytest.mark.django_db

HEADER = "company,integration,environment,scope,owner_email,issued_at,token"


def table(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def row(number: int, value: str) -> str:
    return f"Acme GmbH,Integration {number},production,read,x@acme.example,2026-11-01,{value}"


def upload(client: Client, content: str, **data: str) -> Any:
    file = SimpleUploadedFile("tokens.csv", content.encode(), "text/csv")
    return client.post("/tokens/import/", {"file": file, **data})


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(token_import, "wake_worker", sent.append)
    return sent


def test_an_upload_is_looked_at_and_nothing_is_stored(
    as_administrator: Client, woken: list[str]
) -> None:
    values = [token_value(), token_value()]
    answer = upload(as_administrator, table(row(1, values[0]), row(2, values[1])))
    draft = ImportDraft.objects.get()
    assert answer["Location"] == f"/tokens/import/{draft.pk}/"
    assert woken == ["tokens.intake"]
    waiting = as_administrator.get(answer["Location"]).content.decode()
    assert "Opening the file…" in waiting
    work_on_imports(clock=timezone.now)
    page = as_administrator.get(answer["Location"]).content.decode()
    assert (
        "It would store 2 tokens, with 1 new company, 2 new integrations and 1 new person" in page
    )
    assert "An upload of yours waits." in as_administrator.get("/tokens/import/").content.decode()
    assert not any(value in page for value in values)
    assert not Token.objects.exists()
    assert not Company.objects.exists()
    assert not AuditEvent.objects.filter(kind__startswith="import").exists()


def test_the_word_stores_all_of_them(as_administrator: Client, woken: list[str]) -> None:
    content = table(row(1, token_value()), row(2, token_value()))
    answer = upload(as_administrator, content, confirm="yes")
    assert answer["Location"] == "/tokens/"
    assert Token.objects.count() == 2
    assert AuditEvent.objects.filter(kind=Event.IMPORT_DONE.value).count() == 1
    assert woken == ["tokens.sweep"]


def test_every_bad_row_is_named_and_none_is_stored(as_administrator: Client) -> None:
    value = token_value()
    bad = f"Acme GmbH,{value},staging,read,x@acme.example,2026-11-01,short"
    answer = upload(as_administrator, table(row(1, value), bad), confirm="yes")
    page = answer.content.decode()
    assert answer.status_code == 400
    found = {(error.line, error.column) for error in answer.context["refused"].errors}
    assert found == {(3, "integration"), (3, "environment"), (3, "token")}
    assert value not in page
    assert not Token.objects.exists()


def test_a_value_twice_needs_the_tick(as_administrator: Client, woken: list[str]) -> None:
    value = token_value()
    content = table(row(1, value), row(2, value))
    assert upload(as_administrator, content, confirm="yes").status_code == 400
    answer = upload(as_administrator, content, allow_shared="on", confirm="yes")
    assert answer.status_code == 302
    assert Token.objects.values("secret").distinct().count() == 1


def test_no_file_and_a_large_file_are_refused(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert as_administrator.post("/tokens/import/").status_code == 400
    monkeypatch.setattr(uploads, "LARGEST", 500)
    answer = upload(as_administrator, table(*(row(n, token_value()) for n in range(20))))
    assert answer.status_code == 400
    assert "larger than 10 MB" in answer.content.decode()


def test_an_upload_of_any_size_never_touches_the_disk(
    as_administrator: Client, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    seen: list[list[Path]] = []

    def look(**options: Any) -> Any:
        seen.append(list(tmp_path.iterdir()))
        return start_import(**options)

    monkeypatch.setattr(token_import, "start_import", look)
    content = table(row(1, token_value())) + "\n" * 4_000_000
    assert upload(as_administrator, content).status_code == 302
    assert seen == [[]]


def test_the_template_has_every_column_and_no_row(as_administrator: Client) -> None:
    answer = as_administrator.get("/tokens/import/template.csv")
    assert answer.content.decode() == ",".join(COLUMNS) + "\r\n"
    assert "attachment" in answer["Content-Disposition"]


def test_an_auditor_may_not(as_auditor: Client) -> None:
    assert as_auditor.get("/tokens/import/").status_code == 403
    assert as_auditor.get("/tokens/import/template.csv").status_code == 403
    assert upload(as_auditor, table(row(1, token_value())), confirm="yes").status_code == 403
    assert not Token.objects.exists()


def test_many_files_do_not_fill_the_memory_before_anybody_is_known(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    kept: list[int] = []
    complete = uploads.InMemoryUploadHandler.file_complete

    def measure(handler: Any, file_size: int) -> Any:
        kept.append(len(handler._file.getvalue()))
        return complete(handler, file_size)

    monkeypatch.setattr(uploads, "LARGEST", 500)
    monkeypatch.setattr(uploads.InMemoryUploadHandler, "file_complete", measure)
    files = {f"f{n}": SimpleUploadedFile("a.csv", b"x" * 400, "text/csv") for n in range(4)}
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    assert client.post("/accounts/login/", files).status_code in {400, 403}
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 100
    again = {f"f{n}": SimpleUploadedFile("a.csv", b"x" * 400, "text/csv") for n in range(4)}
    assert client.post("/accounts/login/", again).status_code == 403
    assert sum(kept) <= 800
