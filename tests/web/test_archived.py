"""Pages say where older audit entries are, instead of showing less without a word."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.factories import ACTOR, accepted, make_token
from tokens.audit.anchors import anchor
from tokens.models import Incident, Token
from tokens.policy.days import utc_day
from tokens.services.archive_audit.prefix import prefix_before
from tokens.services.archive_audit.remove import remove_archived
from tokens.services.archive_audit.write import write_archive

pytestmark = pytest.mark.django_db
LATER = datetime.now(UTC)
OLD = LATER - timedelta(days=500)


@pytest.fixture
def old(db: None) -> Token:
    return made(OLD, integration_name="ERP sync")


def made(at: datetime, **fields: Any) -> Token:
    return make_token(now=at, secret=accepted(LATER), issued_at=at, **fields)


def archive(folder: Path, name: str = "old.jsonl", *, days: int = 450) -> None:
    before = utc_day(LATER) - timedelta(days=days)
    made = write_archive(
        prefix=prefix_before(before, now=LATER), path=folder / name, actor=ACTOR, now=LATER
    )
    remove_archived(archive=made, reason="kept for a year", actor=ACTOR, now=LATER)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_an_archive_nothing_is_said(as_auditor: Client, old: Token) -> None:
    for address in ("/audit/", f"/tokens/{old.pk}/"):
        assert "are archived" not in page(as_auditor, address)


def test_the_audit_page_says_what_is_where_who_and_why(
    as_auditor: Client, old: Token, tmp_path: Path
) -> None:
    archive(tmp_path)
    gone = anchor()
    found = page(as_auditor, "/audit/")
    assert f"Entries 1 to {gone.number} are archived" in found
    for word in ("old.jsonl", gone.file_digest, "kept for a year", ACTOR.name, str(gone.entry)):
        assert word in found
    assert "verify_audit --archive old.jsonl" in found
    nothing = page(as_auditor, "/audit/?subject=nobody-of-that-name")
    assert "are archived and were not searched" in nothing


def test_the_end_of_the_list_is_told_on_its_last_page_alone(
    as_auditor: Client, old: Token, tmp_path: Path
) -> None:
    for _ in range(52):
        made(LATER)
    archive(tmp_path)
    first = as_auditor.get("/audit/")
    assert "This is where the trail begins here" not in first.content.decode()
    while older := first.context["links"]["older"]:
        first = as_auditor.get("/audit/" + older)
    assert "This is where the trail begins here" in first.content.decode()


def test_earlier_archives_are_named_too(as_auditor: Client, old: Token, tmp_path: Path) -> None:
    made(LATER - timedelta(days=430))
    archive(tmp_path)
    first = anchor()
    archive(tmp_path, "newer.jsonl", days=420)
    found = page(as_auditor, "/audit/")
    assert f'entries 1 to {first.number} in <b class="hash">old.jsonl</b>' in found
    assert f"Entries {first.number + 1} to {anchor().number}" in found


def test_the_page_of_an_old_token_says_it_and_of_a_young_one_not(
    as_auditor: Client, old: Token, tmp_path: Path
) -> None:
    young = made(LATER)
    archive(tmp_path)
    assert 'are archived in <span class="hash">old.jsonl' in page(as_auditor, f"/tokens/{old.pk}/")
    assert "archived" not in page(as_auditor, f"/tokens/{young.pk}/")


def test_the_page_of_an_old_incident_says_it(
    as_auditor: Client, old: Token, tmp_path: Path
) -> None:
    ended = OLD + timedelta(hours=2)
    incident = Incident.objects.create(
        begun_at=OLD, last_bad_at=OLD, ended_at=ended, bad=30, watched=40
    )
    archive(tmp_path)
    assert 'are archived in <span class="hash">old.jsonl' in page(
        as_auditor, f"/incidents/{incident.pk}/"
    )


def test_the_export_begins_behind_the_archive(
    as_auditor: Client, old: Token, tmp_path: Path
) -> None:
    archive(tmp_path)
    answer = as_auditor.get("/audit/export/")
    top = b"".join(answer.streaming_content).decode().split("\n")[0]  # type: ignore[attr-defined]
    assert f'"after": {anchor().number}' in top
