"""An upload's own page: what was found, which column is which, the word, and whose it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_account, token_value
from tests.web.conftest import signed_in
from tokens.models import Account, DraftStatus, ImportDraft, Token
from tokens.policy.vocabulary import Role
from tokens.services.intake.draft import start_import
from tokens.services.intake.work import work_on_imports
from tokens.web import import_draft

pytestmark = pytest.mark.django_db
HEADER = "customer,system,environment,scope,owner,issued,token,remark"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(import_draft, "wake_worker", sent.append)
    return sent


def row(number: int, **cells: str) -> str:
    given = {"company": "Acme", "environment": "production", "token": token_value(), **cells}
    return (
        f"{given['company']},System {number:03},{given['environment']},read,"
        f"x@acme.example,2026-02-01,{given['token']},a remark"
    )


def bring(account: Account, *rows: str, header: str = HEADER) -> ImportDraft:
    source = "\n".join((header, *rows)).encode()
    return start_import(source=source, allow_shared=False, account=account, now=timezone.now())


def work() -> None:
    work_on_imports(clock=timezone.now)


def page(client: Client, draft: ImportDraft, query: str = "") -> str:
    answer = client.get(f"/tokens/import/{draft.pk}/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def step(client: Client, draft: ImportDraft, **data: str) -> Any:
    return client.post(f"/tokens/import/{draft.pk}/", data)


def test_every_row_is_shown_and_a_word_stores_them(
    as_administrator: Client, administrator: Account, woken: list[str]
) -> None:
    draft = bring(administrator, *(row(number) for number in range(120)))
    work()
    first, second = page(as_administrator, draft), page(as_administrator, draft, "?page=2")
    assert "Every row is fine. Nothing is stored yet." in first
    assert "System 099" in first
    assert "System 100" not in first
    assert "System 119" in second
    assert "Company ← customer" in first
    assert "Not read: remark." in first
    assert "without a value" not in first
    for strange in ("99", "0", "-1", "x"):
        assert "System 000" in page(as_administrator, draft, f"?page={strange}")
    step(as_administrator, draft, step="store")
    assert "Storing 120 tokens, all at once" in page(as_administrator, draft)
    assert woken == ["tokens.intake"]
    work()
    assert "120 tokens stored." in page(as_administrator, draft)
    assert Token.objects.count() == 120


def test_the_page_waits_by_itself_and_without_scripts(
    as_administrator: Client, administrator: Account
) -> None:
    draft = bring(administrator, row(1))
    url = f"/tokens/import/{draft.pk}/"
    assert f'<a href="{url}">reload</a>' in page(as_administrator, draft)
    piece = as_administrator.get(url, headers={"HX-Request": "true"})
    assert b"hx-get" in piece.content
    work()
    news = as_administrator.get(url, headers={"HX-Request": "true"})
    assert news["HX-Refresh"] == "true"


def test_errors_are_all_listed_by_our_names(
    as_administrator: Client, administrator: Account
) -> None:
    value = token_value()
    bad = [row(number, environment="staging") for number in range(3)]
    draft = bring(administrator, row(9, token=value), *bad, row(10, company=value))
    work()
    text = page(as_administrator, draft)
    assert "4 rows cannot be stored, so none is." in text
    assert text.count("is not one of production, development") == 3
    assert value not in text
    assert step(as_administrator, draft, step="store")["Location"] == "/tokens/import/"
    assert not Token.objects.exists()


def test_columns_are_mapped_by_a_person(as_administrator: Client, administrator: Account) -> None:
    draft = bring(administrator, f"Acme,Portal,{token_value()}", header="firma,wofür,schlüssel")
    assert "Which column is which?" in page(as_administrator, draft)
    given = {
        "step": "map",
        "column-company": "0",
        "column-integration": "1",
        "column-environment": "=production",
        "column-scope": "=read",
    }
    refused = step(as_administrator, draft, **{**given, "column-scope": ""})
    assert refused.status_code == 400
    twice = step(as_administrator, draft, **given, **{"column-token": "1"})
    assert twice.status_code == 400
    assert "Comes from the same column as integration" in twice.content.decode()
    fine = step(as_administrator, draft, **given, **{"column-token": "2"})
    assert fine["Location"] == f"/tokens/import/{draft.pk}/"
    work()
    assert "It would store 1 token, with 1 new company" in page(as_administrator, draft)


def test_nobody_else_sees_it_and_an_hour_ends_it(
    as_administrator: Client, administrator: Account
) -> None:
    draft = bring(administrator, row(1))
    other = signed_in(make_account(role=Role.ADMINISTRATOR))
    assert other.get(f"/tokens/import/{draft.pk}/").status_code == 404
    assert step(other, draft, step="drop").status_code == 404
    ImportDraft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert as_administrator.get(f"/tokens/import/{draft.pk}/").status_code == 404


def test_it_can_be_forgotten_at_once(as_administrator: Client, administrator: Account) -> None:
    draft = bring(administrator, row(1))
    step(as_administrator, draft, step="drop")
    assert not ImportDraft.objects.exists()


def test_a_step_that_is_none(as_administrator: Client, administrator: Account) -> None:
    draft = bring(administrator, row(1))
    assert step(as_administrator, draft, step="destroy").status_code == 400
    assert ImportDraft.objects.get().status == DraftStatus.READING
