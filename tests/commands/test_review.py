"""`review`: list, close, export, verify, without any page."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories import NOW, actor_of, make_account, make_token
from tokens.models import AuditEvent, Review
from tokens.services.reviews.start import Asked, start_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(db: Any) -> Review:
    make_token()
    ada = make_account("ada@acme.example")
    asked = Asked(name="Autumn", due_on=(NOW + timedelta(days=9)).date(), reviewer=ada)
    return start_review(asked=asked, asked_by=ada, actor=actor_of(ada), now=NOW)


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("review", *options, stdout=out)
    return out.getvalue()


def code_of(*options: str) -> tuple[int, str]:
    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("review", *options, stdout=io.StringIO(), stderr=err)
    return int(ended.value.code or 0), err.getvalue()


def test_the_whole_way(review: Review, tmp_path: Path) -> None:
    (listed,) = json.loads(run("list", "--json"))["reviews"]
    assert listed["id"] in run("list")
    assert (listed["state"], listed["waiting"]) == ("open", 1)
    assert code_of("export", str(review.pk))[0] == 2
    closed = json.loads(run("--json", "close", str(review.pk)))
    assert closed["sha256"]
    assert json.loads(run("--json", "list"))["reviews"][0]["state"] == "signed"
    file = tmp_path / "review.json"
    run("export", str(review.pk), "--output", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    for what in (str(review.pk), str(file)):
        assert json.loads(run("--json", "verify", what)) == {
            "ok": True, "unchanged": True, "signed": True,
        }  # fmt: skip
    assert AuditEvent.objects.get(kind="review.closed").actor_kind == "command"
    assert run("export", str(review.pk), "--format", "csv").startswith("token,company,")


def test_a_file_that_was_changed_does_not_verify(review: Review, tmp_path: Path) -> None:
    run("close", str(review.pk))
    file = tmp_path / "review.json"
    run("export", str(review.pk), "--output", str(file))
    document = json.loads(file.read_text())
    file.write_text(json.dumps(document | {"result": document["result"] + " "}))
    assert code_of("verify", str(file))[0] == 1
    file.write_text("[]")
    assert code_of("verify", str(file)) == (2, "id: is not the exported result of a review\n")


@pytest.mark.parametrize("name", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_an_unknown_review_is_bad_input(name: str) -> None:
    code, said = code_of("close", name)
    assert (code, said) == (2, "id: there is no such review\n")
