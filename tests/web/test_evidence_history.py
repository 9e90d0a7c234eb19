"""The share over time as people see it, and as a file."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_company, make_token, token_value
from tokens.models import AuditEvent, Company, Snapshot
from tokens.policy.days import utc_day

pytestmark = pytest.mark.django_db
URL = "/evidence/history/"


def write(days_ago: int, company: Company | None = None, **numbers: int) -> None:
    now = timezone.now()
    parts = {"within": 0, "out_of_policy": 0, "unknown_age": 0, "not_held": 0, **numbers}
    Snapshot.objects.create(
        day=utc_day(now) - timedelta(days=days_ago),
        company=company,
        active=sum(parts.values()),
        taken_at=now,
        **parts,
    )


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_share_with_its_denominator(as_auditor: Client) -> None:
    make_token(issued_at=None)
    write(1, within=3, out_of_policy=1, unknown_age=2)
    text = as_auditor.get(URL).content.decode()
    for words in ("3 of 4", "75%", "Counted are active tokens whose value is held",
                  "1 of unknown age is not counted in."):  # fmt: skip
        assert words in text


def test_gaps_are_named_and_break_the_line(as_auditor: Client) -> None:
    for day in (9, 8, 5, 0):
        write(day, within=1)
    answer = as_auditor.get(URL, {"days": "30"})
    text = answer.content.decode()
    assert "6 days in between were not counted" in text
    assert len(answer.context["chart"].paths) == 3


def test_one_company_alone(as_auditor: Client) -> None:
    acme = make_company("Acme GmbH")
    write(0, within=10)
    write(0, acme, within=1, out_of_policy=1)
    for asked in (str(acme.pk), "Acme GmbH"):
        text = as_auditor.get(URL, {"company": asked}).content.decode()
        assert "1 of 2" in text
        assert "10 of 10" not in text


@pytest.mark.parametrize(
    "query", [{"days": "-1"}, {"days": "1e3"}, {"from": "tomorrow"}, {"company": "nobody"},
              {"from": "2026-01-02", "to": "2026-01-01"}, {"company": "a\x00b"}],
)  # fmt: skip
def test_what_cannot_be_understood_is_named(as_auditor: Client, query: dict[str, str]) -> None:
    answer = as_auditor.get(URL, query)
    assert answer.status_code == 400
    assert next(iter(query)) == answer.context["problem"].field


def test_a_token_in_the_address_is_not_repeated(as_auditor: Client) -> None:
    value = token_value()
    answer = as_auditor.get(URL, {"company": value})
    assert answer.status_code == 400
    assert value not in answer.content.decode()


def test_export_is_audited_and_harmless_in_a_spreadsheet(as_auditor: Client) -> None:
    write(0, within=1, out_of_policy=2, not_held=3)
    write(0, make_company("=evil()"), within=1)
    rows = list(csv.DictReader(io.StringIO(body(as_auditor.get("/evidence/history.csv")))))
    assert [row["company"] for row in rows] == ["", "'=evil()"]
    assert (rows[0]["counted"], rows[0]["percent"], rows[0]["active"]) == ("3", "33", "6")
    facts = json.loads(AuditEvent.objects.get(kind="evidence.exported").data)
    assert (facts["what"], facts["format"]) == ("history", "csv")


def test_to_do_and_companies_lead_here(as_auditor: Client) -> None:
    token = make_token()
    assert 'href="/evidence/history/"' in as_auditor.get("/").content.decode()
    page = as_auditor.get(f"/companies/{token.company_id}/").content.decode()
    assert f'href="{URL}?company={token.company_id}"' in page


def test_the_first_page_leads_on(as_auditor: Client) -> None:
    text = as_auditor.get("/evidence/").content.decode()
    assert 'href="/evidence/history/"' in text
    assert "There is no active token." in text
    write(0, within=1)
    assert "<path d=" in as_auditor.get("/evidence/").content.decode()
