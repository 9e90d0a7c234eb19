"""The report as a page, as PDF, as JSON and by the command; each time on record, never a token."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.factories import accepted, make_token, token_value
from tokens.models import AuditEvent, Snapshot
from tokens.policy.days import utc_day

pytestmark = pytest.mark.django_db
URL = "/evidence/report/"


def test_every_chapter_is_there(as_auditor: Client) -> None:
    make_token(secret=accepted(), integration_name="<b>Odd</b> portal")
    text = as_auditor.get(URL).content.decode()
    for words in (
        "Share within policy", "Policy in force", "Exceptions", "Rotations",
        "Revocations and their proof", "Time to refusal", "Open findings", "Who has access",
        "Audit trail", "otto@acme.example", "found whole", "Rotate every (days): 90",
    ):  # fmt: skip
        assert words in text
    assert "<b>Odd</b>" not in text
    facts = json.loads(AuditEvent.objects.get(kind="evidence.exported").data)
    assert (facts["what"], facts["format"]) == ("report", "html")


def test_days_stand_in_a_table_once_one_was_counted(as_auditor: Client) -> None:
    make_token(secret=accepted())
    empty = as_auditor.get(URL, {"days": "30"}).content.decode()
    assert "not counted" not in empty
    assert "By day: none." in empty
    now = timezone.now()
    Snapshot.objects.create(day=utc_day(now), taken_at=now, active=1, within=1,
                            out_of_policy=0, unknown_age=0, not_held=0)  # fmt: skip
    assert "not counted" in as_auditor.get(URL, {"days": "30"}).content.decode()


def test_pdf_and_json_say_the_same_and_hold_no_token(as_auditor: Client) -> None:
    value = token_value()
    make_token(value=value, secret=accepted(), integration_name="Größe & <Co> Łódź Ωμέγα")
    pdf = as_auditor.get("/evidence/report.pdf", {"days": "30"})
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF-")
    answer = as_auditor.get("/evidence/report.json", {"days": "30"})
    document = json.loads(answer.content)
    assert document["report"] == 1
    assert document["chain"]["ok"] is True
    assert document["share"]["end"]["counted"] == 1
    assert value not in answer.content.decode()
    assert AuditEvent.objects.filter(kind="evidence.exported").count() == 2


def test_a_period_that_makes_no_sense_is_named(as_auditor: Client) -> None:
    answer = as_auditor.get(URL, {"from": "2026-02-30"})
    assert answer.status_code == 400
    assert "is not a date" in answer.content.decode()
    value = token_value()
    refused = as_auditor.get("/evidence/report.pdf", {"from": value}, follow=True)
    assert refused.status_code == 400
    assert value not in refused.content.decode()


def test_strangers_see_nothing(client: Client, administrator: Any) -> None:
    for path in (URL, "/evidence/report.pdf", "/evidence/report.json", "/evidence/history.csv"):
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("name", ["html", "json", "pdf"])
def test_the_command_writes_a_whole_file(name: str, tmp_path: Path) -> None:
    make_token()
    out = io.StringIO()
    file = tmp_path / f"report.{name}"
    call_command("report", "--format", name, "--output", str(file), "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert (said["format"], said["chain_ok"]) == (name, True)
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    starts = {"html": b"<!doctype html>", "json": b"{", "pdf": b"%PDF-"}
    assert content.startswith(starts[name])
    if name == "html":
        assert b"<link" not in content
        assert b"<script" not in content
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("options", "field"),
    [(["--format", "pdf"], "output"), (["--from", "soon"], "from"), (["--to", "2999-01-01"], "to")],
)
def test_bad_usage_ends_with_2(options: list[str], field: str) -> None:
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("report", *options, stderr=err, stdout=io.StringIO())
    assert ended.value.code == 2
    assert err.getvalue().startswith(field)
