"""The audit trail as a page: sentences, filters, paging, and nothing that runs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import NOW, make_company, make_token, token_value
from tokens.audit import Actor, Event, Subject, audited, head, system
from tokens.selectors.trail import Entry
from tokens.web.trail_words import line_of, sentence

pytestmark = pytest.mark.django_db
ADA = Actor("account", "ada@acme.example", "1")


def record(
    event: Event, subject: Subject, *, at: datetime = NOW, actor: Actor = ADA, **data: Any
) -> None:
    with audited(actor=actor, now=at) as trail:
        trail.add(event, subject, **data)


def entry(kind: str, **facts: object) -> Entry:
    return Entry(
        1, NOW, kind, "account", "ada@acme.example", "token", "", "ERP", "", "", dict(facts), "0"
    )


def said(client: Client, **query: str) -> list[str]:
    lines = client.get("/audit/", query).context["lines"]
    return [sentence(line.entry) for line in lines]


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_a_sentence(event: Event) -> None:
    text = sentence(entry(event.value))
    assert text.endswith(".")
    assert "{" not in text


def test_changes_stand_side_by_side() -> None:
    line = line_of(entry("token.edited", fields=["label", "where"], old=["", "a"], new=["x", "b"]))
    assert [(fact.label, fact.words[0].text) for fact in line.facts] == [
        ("label", "none → x"),
        ("where", "a → b"),
    ]
    line = line_of(entry("account.role_changed", old="auditor", new="administrator"))
    assert line.brief == "auditor → administrator"
    line = line_of(entry("token.health_changed", old="valid", new="failing"))
    assert line.brief == "Works → Refused"


def test_facts_link_to_tokens_and_read_as_moments() -> None:
    key = "019abcde-0000-7000-8000-000000000001"
    line = line_of(entry("rotation.accepted", new_token=key, due_at="2026-03-02T00:00:00.000000Z"))
    words = {fact.label: fact.words[0] for fact in line.facts}
    assert words["new token"].href == f"/tokens/{key}/"
    assert words["due at"].text == "2 Mar 2026, 00:00 UTC"


def test_a_name_with_braces_stays_a_name() -> None:
    record(Event.TOKEN_EDITED, Subject("token", "", "{a} {s}"), actor=system("{s}"))
    assert line_of(entry("token.edited")).subject == "ERP"


def test_the_page_says_who_did_what_and_shows_the_head(as_auditor: Client) -> None:
    token = make_token(company_name="Acme GmbH", integration_name="ERP sync")
    page = as_auditor.get("/audit/").content.decode()
    assert f'href="/tokens/{token.pk}/"' in page
    assert "ERP sync · Acme GmbH · production" in page
    at = head()
    assert at is not None
    assert at[1] in page
    assert "verify_audit" in page


def test_filters_narrow_by_kind_actor_subject_company_and_day(as_auditor: Client) -> None:
    acme, zeta = make_company("Acme GmbH"), make_company("Zeta SA")
    day = timedelta(days=1)
    with audited(actor=ADA, now=NOW) as trail:
        trail.add(Event.COMPANY_CREATED, acme)
    with audited(actor=system("check"), now=NOW + day) as trail:
        trail.add(Event.COMPANY_EDITED, zeta, fields=["name"])
    created = "ada@acme.example created the company Acme GmbH."
    edited = "The product (check) edited the company Zeta SA."
    assert said(as_auditor) == [edited, created]
    assert said(as_auditor, kind="company.created") == [created]
    assert said(as_auditor, actor="ADA@") == [created]
    assert said(as_auditor, subject="zeta") == [edited]
    assert said(as_auditor, subject=str(zeta.pk)) == [edited]
    assert said(as_auditor, company=str(acme.pk)) == [created]
    assert said(as_auditor, since="2026-03-03") == [edited]
    assert said(as_auditor, until="2026-03-02") == [created]
    assert said(as_auditor, since="2026-03-02", until="2026-03-03") == [edited, created]
    assert said(as_auditor, since="2026-03-04") == []
    assert (
        'value="Acme GmbH"' in as_auditor.get("/audit/", {"company": str(acme.pk)}).content.decode()
    )


def test_pages_lead_on_and_back_without_loss(as_auditor: Client) -> None:
    with audited(actor=ADA, now=datetime(2026, 1, 1, tzinfo=UTC)) as trail:
        for _ in range(120):
            trail.add(Event.EXPORT_DONE, Subject("inventory"), rows=1)
    seen, address = [], "/audit/"
    for _ in range(3):
        context = as_auditor.get(address).context
        seen += [line.entry.number for line in context["lines"]]
        address = "/audit/" + context["links"]["older"]
    assert seen == list(range(120, 0, -1))
    assert context["links"]["older"] == ""
    back = as_auditor.get("/audit/" + context["links"]["newer"]).context["lines"]
    assert [line.entry.number for line in back] == seen[50:100]


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "<b>x</b>"},
        {"since": "yesterday"},
        {"since": "2026-02-30"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"actor": "a" * 321},
        {"subject": "a\x00b"},
    ],
)
def test_a_filter_without_sense_is_named_and_not_repeated(
    as_auditor: Client, query: dict[str, str]
) -> None:
    answer = as_auditor.get("/audit/", query)
    assert answer.status_code == 400
    assert "This filter cannot be used." in answer.content.decode()
    assert "<b>x" not in answer.content.decode()


@pytest.mark.parametrize("query", [{"older": "x"}, {"older": "-1"}, {"newer": "9" * 40}])
def test_a_forged_place_is_the_first_page(as_auditor: Client, query: dict[str, str]) -> None:
    record(Event.EXPORT_DONE, Subject("inventory"))
    assert len(as_auditor.get("/audit/", query).context["lines"]) == 1


@pytest.mark.parametrize("name", ["actor", "subject", "company"])
def test_a_token_leaves_the_address(as_auditor: Client, name: str) -> None:
    value = token_value()
    answer = as_auditor.get("/audit/", {name: value})
    assert answer["Location"] == "/audit/"
    assert value not in as_auditor.get("/audit/").content.decode()


def test_what_people_typed_is_escaped(as_auditor: Client) -> None:
    record(Event.TOKEN_EDITED, Subject("token", "", "<script>x</script>"), reason="<i>y</i>")
    page = as_auditor.get("/audit/").content.decode()
    assert "<script>x" not in page
    assert "<i>y" not in page
    assert "&lt;i&gt;y&lt;/i&gt;" in page


def test_the_whole_trail_leaves_as_a_file_that_tells_of_itself(as_auditor: Client) -> None:
    answer = as_auditor.get("/audit/export/")
    lines = b"".join(answer.streaming_content).decode().split("\n")[:-1]  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(lines[-2])["kind"] == "audit.exported"
    assert json.loads(lines[-1])["head"]["number"] == len(lines) - 2
