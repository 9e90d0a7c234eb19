"""What an auditor asks for, from end to end: a review that is decided, closed, signed by the worker
and checked by a stranger; the day's share within policy; the report on paper."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.sync_api import expect

from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance
from tests.journeys.people import ANSWER_MS, Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
COLUMNS = "company,integration,environment,scope,owner_email,issued_at,token,held"
NAMES = ("Supplier portal", "Old ERP sync")


def test_a_review_is_decided_signed_and_checked(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    instance.run("import_tokens", str(_tokens(tmp_path / "tokens.csv")))
    link = _invite(stage)
    where = _start(stage)
    people.sign_out(stage)
    _decide(stage, link, where)
    people.sign_out(stage)
    people.sign_in(stage, people.ADMINISTRATOR, stage.password)
    _close(stage, where)
    _checked_by_a_stranger(_download(stage, where, tmp_path))
    _denied_is_to_do(stage)
    _report(stage, tmp_path)
    watch.expect()
    assert instance.run("verify_audit")["ok"]


def _tokens(path: Path) -> Path:
    issued = (datetime.now(UTC) - timedelta(days=10)).date()
    rows = [f"Acme GmbH,{name},production,read,owner@acme.example,{issued},,no" for name in NAMES]
    path.write_text("\n".join([COLUMNS, *rows]) + "\n")
    return path


def _invite(stage: Stage) -> str:
    """An auditor, by a link of the team page."""
    stage.go("/team/")
    stage.page.get_by_label("E-mail").fill(people.AUDITOR)
    stage.page.get_by_label("Role", exact=True).select_option("auditor")
    stage.press("Add and make a link")
    found = stage.page.get_by_label(re.compile("^The link for")).input_value()
    return found.removeprefix(stage.instance.url)


def _start(stage: Stage) -> str:
    stage.go("/evidence/reviews/new/")
    stage.sees("2 tokens of 1 company")
    assert barriers(stage.page) == []
    stage.page.get_by_label("Name", exact=True).fill("Autumn review")
    stage.page.get_by_label("Reviewer", exact=True).select_option(label=people.AUDITOR)
    stage.press("Start the review")
    stage.sees("2 of 2 to decide")
    stage.sees(f"waits for {people.AUDITOR.split('@')[0]}")
    expect(stage.page.get_by_role("button", name="Confirm")).to_have_count(0)
    return stage.path()


def _decide(stage: Stage, link: str, where: str) -> None:
    stage.go(link)
    for field in stage.page.locator("input[type=password]").all():
        field.fill(stage.password)
    stage.press("Set password")
    stage.arrives("/accounts/login/")
    people.sign_in(stage, people.AUDITOR, stage.password)
    stage.go("/evidence/")
    stage.page.get_by_role("link", name="Autumn review").first.click()
    assert barriers(stage.page) == []
    stage.page.get_by_label("Choose Supplier portal, Acme GmbH").check()
    stage.press("Confirm: still needed")
    stage.sees("Confirmed 1 token.")
    stage.page.get_by_label("All that are mine").check()
    stage.press("Deny: rotate or revoke")
    stage.sees("Nothing was decided.")
    stage.watch.expect((400, where))
    stage.page.set_viewport_size({"width": 390, "height": 844})
    assert not sideways(stage.page)
    stage.page.set_viewport_size({"width": 1280, "height": 900})
    stage.page.get_by_label("All that are mine").check()
    stage.page.get_by_label("Reason").fill("Nobody knows what it is for.")
    stage.press("Deny: rotate or revoke")
    stage.sees("All decided, to be closed")
    expect(stage.page.get_by_role("button", name="Close the review")).to_have_count(0)


def _close(stage: Stage, where: str) -> None:
    stage.go(where)
    stage.press("Close the review")
    stage.sees("Closed. The worker signs the result within minutes.")
    signed = stage.page.get_by_text("Closed, signed, and unchanged since.")
    for _ in range(ANSWER_MS // 1000):
        stage.go(where)
        if signed.count():
            break
        stage.page.wait_for_timeout(1000)
    stage.sees("Closed, signed, and unchanged since.")
    assert barriers(stage.page) == []


def _download(stage: Stage, where: str, folder: Path) -> Path:
    with stage.page.expect_download() as loading:
        stage.page.get_by_role("link", name="Result as JSON").click()
    file = folder / "review.json"
    loading.value.save_as(file)
    assert stage.instance.run("review", "verify", str(file)) == {
        "ok": True, "unchanged": True, "signed": True,
    }  # fmt: skip
    return file


def _checked_by_a_stranger(file: Path) -> None:
    """As the guide tells it, with nothing of ours."""
    review = json.loads(file.read_text())
    digest = hashlib.sha256(review["result"].encode()).hexdigest()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(review["public_key"]))
    signed = f"coolset-token-governance access review 1\n{digest}\n".encode()
    key.verify(base64.b64decode(review["signature"]), signed)
    result = json.loads(review["result"])
    assert {each["decision"] for each in result["items"]} == {"confirm", "deny"}
    assert {each["decided_by"] for each in result["items"]} == {people.AUDITOR}


def _denied_is_to_do(stage: Stage) -> None:
    stage.go("/")
    stage.sees("Denied in an access review.")
    stage.sees("Nobody knows what it is for.")


def _report(stage: Stage, folder: Path) -> None:
    """The worker counted the day already, or the command does; the report says it all."""
    counted = stage.instance.run("snapshot")
    assert (counted["active"], counted["not_held"], counted["counted"]) == (2, 2, 0)
    stage.go("/evidence/history/")
    stage.sees("No active token counts; 2 not held are not counted in.")
    stage.go("/evidence/report/")
    for words in ("Holds no token.", people.AUDITOR, "found whole", "Rotate every (days): 90"):
        stage.sees(words)
    assert barriers(stage.page) == []
    with stage.page.expect_download() as loading:
        stage.page.get_by_role("link", name="PDF").click()
    loading.value.save_as(folder / "report.pdf")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    file = folder / "report.html"
    written = stage.instance.run("report", "--format", "html", "--output", str(file))
    assert written["chain_ok"]
    assert "Acme GmbH" in file.read_text()
