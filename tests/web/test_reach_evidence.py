"""Evidence for whoever has roles in single companies: the share of these, summed or one by one."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_token
from tests.web.near_and_far import Pair, make_pair, member, shown
from tests.web.test_reach import MARKER
from tokens.models import Account, AuditEvent, Snapshot
from tokens.policy.vocabulary import CompanyRole
from tokens.services.memberships import give_role
from tokens.services.take_snapshot import take_snapshot

pytestmark = pytest.mark.django_db
HISTORY, FILE, API = "/evidence/history/", "/evidence/history.csv", "/api/v1/compliance/"
MIA = "mia@near.example"


@pytest.fixture
def pair(administrator: Account) -> Pair:
    """Two tokens near, two far, one in a third company; counted before and today."""
    made = make_pair()
    make_token(company_name="Third GmbH")
    now = timezone.now()
    for ago in (3, 0):
        take_snapshot(now=now - timedelta(days=ago))
    return made


def third(role: CompanyRole) -> None:
    company = Snapshot.objects.filter(company__name="Third GmbH")[0].company
    assert company is not None
    give_role(company=company, email=MIA, role=role, actor=ACTOR, now=timezone.now())


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{FILE}{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def active(client: Client, query: str = "") -> list[int]:
    """How many tokens were active: now, and on each day that was counted."""
    answer = client.get(f"{API}{query}").json()
    return [answer["now"]["active"], *(each["active"] for each in answer["results"])]


def test_the_numbers_are_those_of_the_reach(pair: Pair) -> None:
    client = member(pair, CompanyRole.VIEWER)
    assert active(client) == [2, 2, 2]
    third(CompanyRole.VIEWER)
    assert active(client) == [3, 3, 3]
    assert active(client, f"?company={pair.own.company_id}") == [2, 2, 2]


def test_a_day_on_which_ones_company_had_no_token_is_counted(pair: Pair) -> None:
    day = timezone.now().date() - timedelta(days=3)
    Snapshot.objects.filter(company=pair.own.company, day=day).delete()
    assert active(member(pair, CompanyRole.VIEWER)) == [2, 0, 2]


@pytest.mark.parametrize("role", list(CompanyRole))
def test_pages_show_and_offer_what_is_ones_own(pair: Pair, role: CompanyRole) -> None:
    client = member(pair, role)
    exports = role in {CompanyRole.AUDITOR, CompanyRole.ADMIN}
    for where in ("/evidence/", HISTORY, f"{HISTORY}?days=30"):
        text = client.get(where).content.decode()
        assert MARKER not in text.lower()
        assert "Third GmbH" not in text
    text = client.get(HISTORY).content.decode()
    assert "Near GmbH" in text
    assert (FILE in text) is exports
    assert client.get(FILE).status_code == (200 if exports else 403)
    assert "/evidence/report/" not in client.get("/evidence/").content.decode()
    assert "Reports are about the whole organisation" in client.get("/evidence/").content.decode()
    assert client.get("/evidence/report/").status_code == 403


def test_a_company_out_of_sight_is_none(pair: Pair) -> None:
    client = member(pair, CompanyRole.ADMIN)
    for address in (HISTORY, API):
        answers = set()
        for name in (f"{MARKER} GmbH", "Nowhere GmbH", str(pair.other.company_id)):
            answer = client.get(address, {"company": name})
            assert answer.status_code == 400
            answers.add(shown(answer, name))
        assert len(answers) == 1
    assert client.get(FILE, {"company": f"{MARKER} GmbH"}).status_code == 302


def test_the_file_holds_what_may_be_exported_and_the_trail_says_so(pair: Pair) -> None:
    client = member(pair, CompanyRole.AUDITOR)
    third(CompanyRole.VIEWER)
    assert [(row["company"], row["active"]) for row in rows(client)] == [("Near GmbH", "2")] * 2
    assert client.get(FILE, {"company": "Third GmbH"}).status_code == 302
    assert FILE not in client.get(HISTORY, {"company": "Third GmbH"}).content.decode()
    entry = AuditEvent.objects.filter(kind="evidence.exported").first()
    assert entry is not None
    assert json.loads(entry.data)["filters"] == ["companies=1"]


def test_the_organisation_has_all_of_it_as_before(pair: Pair, as_auditor: Client) -> None:
    assert active(as_auditor) == [5, 5, 5]
    assert len(rows(as_auditor)) == 2 * 4
    assert "/evidence/report/" in as_auditor.get("/evidence/").content.decode()
