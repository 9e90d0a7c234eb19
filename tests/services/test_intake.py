"""An uploaded table: sealed at once, looked at by the worker, stored on a word, then forgotten."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import ACTOR, NOW, make_account, make_company, make_token, token_value
from tokens.errors import InvalidInput, WrongState
from tokens.models import Account, AuditEvent, Company, DraftStatus, ImportDraft, Token
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.backup.rows import stored_models
from tokens.services.csv_table import ImportRefused
from tokens.services.intake.draft import confirm_import, drop_import, map_columns, start_import
from tokens.services.intake.forget import forget_intake
from tokens.services.intake.work import work_on_imports
from tokens.services.memberships import give_role

pytestmark = pytest.mark.django_db
HEADER = "Customer,System,Env,Access,Owner,Created,API token,Remark"


@pytest.fixture
def ada() -> Account:
    return make_account(role=Role.ADMINISTRATOR)


def row(number: int, value: str, **cells: str) -> str:
    given = {
        "company": "Acme",
        "environment": "production",
        "owner": "x@acme.example",
        "issued": "2026-02-01",
        **cells,
    }
    return (
        f"{given['company']},System {number},{given['environment']},read,"
        f"{given['owner']},{given['issued']},{value},a remark"
    )


def bring(ada: Account, *rows: str, header: str = HEADER, **options: Any) -> ImportDraft:
    source = "\n".join((header, *rows)).encode()
    return start_import(
        source=source, allow_shared=options.get("allow_shared", False), account=ada, now=NOW
    )


def work(now: datetime = NOW) -> int:
    return work_on_imports(clock=lambda: now)


def fresh(draft: ImportDraft) -> ImportDraft:
    return ImportDraft.objects.get(pk=draft.pk)


def everything_of(draft: ImportDraft) -> str:
    """All columns of the row, as they lie in the database."""
    columns = dict(ImportDraft.objects.filter(pk=draft.pk).values()[0])
    return repr(columns) + repr(bytes(fresh(draft).sealed or b""))


def test_columns_are_guessed_and_every_row_is_looked_at(ada: Account) -> None:
    make_company("Acme")
    values = [token_value(), token_value()]
    draft = bring(ada, *(row(n, value) for n, value in enumerate(values)))
    assert draft.status == DraftStatus.READING
    assert draft.headings[0] == "Customer"
    assert draft.mapping["token"] == "6"
    assert work() == 1
    draft = fresh(draft)
    assert (draft.status, draft.rows) == (DraftStatus.READY, 2)
    first = draft.found["rows"][0]
    assert (first["line"], first["company"], first["integration"]) == (2, "Acme", "System 0")
    assert first["hint"].endswith(values[0][-4:])
    assert first["due_at"].startswith("2026-05-02")
    assert first["new"] == ["integration", "owner"]
    assert draft.found["new"] == {"companies": 0, "integrations": 2, "people": 1}
    for value in values:
        assert value not in everything_of(draft)
    assert not Token.objects.exists()
    assert not AuditEvent.objects.filter(kind__startswith="token").exists()


def test_a_word_stores_them_once_and_keeps_nothing(ada: Account) -> None:
    draft = bring(ada, row(1, token_value()), row(2, token_value()))
    with pytest.raises(WrongState):
        confirm_import(draft=draft, now=NOW)
    work()
    confirm_import(draft=draft, now=NOW)
    assert work() == 1
    draft = fresh(draft)
    assert (draft.status, draft.rows, draft.sealed) == (DraftStatus.DONE, 2, None)
    assert Token.objects.filter(sealed__isnull=False).count() == 2
    entry = AuditEvent.objects.get(kind="import.done")
    assert entry.actor_name == ada.email
    assert json.loads(entry.data)["created"] == 2
    assert work() == 0
    with pytest.raises(WrongState):
        confirm_import(draft=draft, now=NOW)
    assert Token.objects.count() == 2


def test_every_bad_row_is_named_by_our_column_and_nothing_of_it_is_kept(ada: Account) -> None:
    value = token_value()
    bad = f"{value},System 9,staging,read,x@acme.example,2026-02-01,short,x"
    draft = bring(ada, row(1, value), bad)
    work()
    draft = fresh(draft)
    assert draft.status == DraftStatus.REFUSED
    found = {(line, column) for line, column, _ in draft.found["errors"]}
    assert found == {(3, "company"), (3, "environment"), (3, "token")}
    assert value not in everything_of(draft)


def test_unknown_columns_wait_for_a_person(ada: Account) -> None:
    values = [token_value()]
    draft = bring(ada, f"Acme,Portal,{values[0]}", header="A,B,C")
    assert (draft.status, draft.wanted_at) == (DraftStatus.REFUSED, None)
    assert draft.headings == ["Column 1", "Column 2", "Column 3"]
    assert work() == 0
    mapping = {
        "company": "0",
        "integration": "1",
        "token": "2",
        "environment": "=development",
        "scope": "=read",
    }
    map_columns(draft=draft, mapping=mapping, allow_shared=False, now=NOW)
    work()
    draft = fresh(draft)
    assert draft.status == DraftStatus.READY
    assert draft.found["rows"][0]["environment"] == "development"


def test_a_first_line_of_data_is_never_shown(ada: Account) -> None:
    value = token_value()
    draft = bring(ada, row(1, token_value()), header=row(0, value))
    assert draft.headings == [f"Column {n}" for n in range(1, 9)]
    assert value not in everything_of(draft)


def test_without_a_column_of_tokens_nobody_holds_them(ada: Account) -> None:
    draft = bring(
        ada, "Acme,Portal,production,read,x", header="company,integration,environment,scope,tokn"
    )
    assert draft.wanted_at is None  # a misspelt heading must not lose all values
    map_columns(draft=draft, mapping=draft.mapping, allow_shared=False, now=NOW)
    work()
    assert fresh(draft).found["rows"][0]["held"] is False
    confirm_import(draft=draft, now=NOW)
    work()
    token = Token.objects.get()
    assert token.sealed is None


def test_a_mapping_that_cannot_be_names_the_column(ada: Account) -> None:
    draft = bring(ada, row(1, token_value()))
    with pytest.raises(InvalidInput) as refused:
        map_columns(
            draft=draft, mapping={**draft.mapping, "company": "99"}, allow_shared=False, now=NOW
        )
    assert refused.value.field == "company"


def test_what_changed_meanwhile_refuses_all_of_it(ada: Account) -> None:
    value = token_value()
    draft = bring(ada, row(1, value), row(2, token_value()))
    work()
    make_token(value=value)
    confirm_import(draft=draft, now=NOW)
    work()
    draft = fresh(draft)
    assert draft.status == DraftStatus.REFUSED
    assert draft.found["errors"][0][:2] == [2, "token"]
    assert Token.objects.count() == 1
    assert not Company.objects.filter(name="Acme").exists()


def test_a_late_look_at_another_mapping_does_not_count(
    ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = bring(ada, row(1, token_value()))
    from tokens.services.intake import found
    from tokens.services.intake import work as module

    real = found.look_at

    def slow(**options: Any) -> Any:
        rows = real(**options)
        ImportDraft.objects.filter(pk=draft.pk).update(claim=None, claimed_until=None)
        monkeypatch.setattr(module, "look_at", real)
        return rows

    monkeypatch.setattr(module, "look_at", slow)
    assert work() == 2  # overtaken, and taken up again
    assert fresh(draft).status == DraftStatus.READY


def test_who_lost_the_right_stores_nothing(ada: Account) -> None:
    draft = bring(ada, row(1, token_value()))
    work()
    confirm_import(draft=draft, now=NOW)
    Account.objects.filter(pk=ada.pk).update(role=Role.AUDITOR.value)
    work()
    assert "may not store tokens" in fresh(draft).problem
    assert not Token.objects.exists()


def test_roles_in_companies_store_there_alone(ada: Account) -> None:
    make_company("Elsewhere")
    lines = [row(1, token_value()), row(2, token_value(), company="Elsewhere")]
    draft = bring(ada, *lines)
    give_role(
        company=make_company("Acme"), email=ada.email, role=CompanyRole.OPERATOR,
        actor=ACTOR, now=NOW,
    )  # fmt: skip
    Account.objects.filter(pk=ada.pk).update(role=Role.MEMBER.value)
    work()
    assert fresh(draft).found["errors"] == [[3, "company", "is no company of yours"]]
    draft = bring(ada, lines[0])
    work()
    confirm_import(draft=draft, now=NOW)
    work()
    assert fresh(draft).status == DraftStatus.DONE
    assert [str(token.company) for token in Token.objects.all()] == ["Acme"]


def test_a_copy_that_cannot_be_opened_is_said_and_dropped(ada: Account) -> None:
    draft = bring(ada, row(1, token_value()))
    ImportDraft.objects.filter(pk=draft.pk).update(key_id="gone")
    work()
    draft = fresh(draft)
    assert (draft.status, draft.sealed) == (DraftStatus.REFUSED, None)
    assert "Choose the file again" in draft.problem


def test_after_an_hour_it_is_gone(ada: Account) -> None:
    draft = bring(ada, row(1, token_value()))
    late = NOW + timedelta(hours=1)
    with pytest.raises(WrongState):
        map_columns(draft=draft, mapping=draft.mapping, allow_shared=False, now=late)
    assert work(late) == 0
    assert forget_intake(now=late - timedelta(seconds=1)) == 0
    assert forget_intake(now=late) == 1
    assert not ImportDraft.objects.exists()


def test_dropped_at_once_on_a_word(ada: Account) -> None:
    draft = bring(ada, row(1, token_value()))
    drop_import(draft=draft, now=NOW)
    assert not ImportDraft.objects.exists()


@pytest.mark.parametrize("source", [b"", b"\xff\xfe", b"company,token\n", b'a,"b\n1,2'])
def test_what_is_no_table_is_refused_at_once(ada: Account, source: bytes) -> None:
    with pytest.raises(ImportRefused):
        start_import(source=source, allow_shared=False, account=ada, now=NOW)
    assert not ImportDraft.objects.exists()


def test_no_backup_keeps_what_is_on_its_way_in() -> None:
    kept = {model._meta.model_name for model in stored_models()}
    assert "token" in kept
    assert not kept & {"importdraft", "start"}
