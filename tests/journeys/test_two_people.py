"""The two-person rule from end to end: a revocation and a key, asked for by one, approved by
another, in a browser, and the commands of the host beside it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance, describe, up
from tests.journeys.people import ADMINISTRATOR, Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(240),
]
BOB = "bob@acme.example"
COLUMNS = "company,integration,environment,scope,owner_email,issued_at,token,held"


@pytest.fixture
def instance(tmp_path: Path, coolset: StandIn) -> Iterator[Instance]:
    """A running instance with the rule on for both."""
    given = {"COOLSET_API_URL": coolset.url, "TWO_PERSON_RULE": "revocation,keys"}
    with up(describe(tmp_path / "var", **given)) as running:
        yield running


def test_one_asks_and_another_approves(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    instance.run("import_tokens", str(_tokens(tmp_path / "tokens.csv")))
    assert "tokens.W001" in instance.ask("check", "--database", "default")[2]
    _ask_alone(stage)
    link = people.invite(stage, BOB)
    assert "tokens.W001" not in instance.ask("check", "--database", "default")[2]
    _ask_for_a_key(stage)
    people.sign_out(stage)
    people.accept(stage, link, BOB)
    _approve(stage)
    people.sign_out(stage)
    people.sign_in(stage, ADMINISTRATOR, stage.password)
    _collect(stage)
    _proof_names_both(stage)
    _the_host_is_exempt(stage)
    watch.expect()
    assert instance.run("verify_audit")["ok"]
    for place in (instance.printed, instance.log):
        assert stage.keys[0] not in place


def _tokens(path: Path) -> Path:
    issued = (datetime.now(UTC).date() - timedelta(days=10)).isoformat()
    rows = [
        f"Acme GmbH,{name},production,read,owner@acme.example,{issued},,no"
        for name in ("Supplier portal", "BI warehouse")
    ]
    path.write_text("\n".join([COLUMNS, *rows, ""]))
    return path


def _ask_alone(stage: Stage) -> None:
    stage.open_token("Supplier portal")
    stage.page.get_by_role("link", name="Record revocation").click()
    stage.sees("Nobody else can approve.")
    stage.sees("Two people: another person approves before it is recorded.")
    assert barriers(stage.page) == []
    stage.page.get_by_label("Reason").fill("The portal is gone.")
    stage.press("Ask for approval")
    stage.sees("It waits for another person.")
    expect(stage.page.get_by_role("button", name="Approve")).to_have_count(0)
    stage.open_token("Supplier portal")
    stage.sees(f"Revocation asked by {ADMINISTRATOR}, waits for another person.")
    stage.go("/")
    expect(stage.page.get_by_role("main")).not_to_contain_text("waits for a second person")


def _ask_for_a_key(stage: Stage) -> None:
    stage.go("/keys/")
    assert barriers(stage.page) == []
    stage.page.get_by_label("Script").fill("nightly export on srv-12")
    stage.press("Ask for approval")
    stage.sees("API key “nightly export on srv-12”")
    stage.sees("It waits for another person.")


def _approve(stage: Stage) -> None:
    for _ in range(2):
        stage.go("/")
        stage.page.get_by_role("link", name="Decide").first.click()
        assert barriers(stage.page) == []
        stage.press("Refuse")
        stage.sees("Say why")
        stage.watch.expect((400, stage.path()))
        stage.press("Approve")
        stage.sees("It was approved.")
    expect(stage.page.get_by_role("link", name="Collect it")).to_have_count(0)
    stage.page.set_viewport_size({"width": 390, "height": 844})
    stage.go("/approvals/")
    assert barriers(stage.page) == []
    assert not sideways(stage.page)
    stage.page.set_viewport_size({"width": 1280, "height": 900})


def _collect(stage: Stage) -> None:
    stage.go("/approvals/")
    stage.page.get_by_role("link", name="nightly export").click()
    stage.page.get_by_role("link", name="Collect it").click()
    stage.press("Make the key and show it")
    shown = stage.page.get_by_label("The new key, shown only now").input_value()
    assert barriers(stage.page) == []
    stage.keys.append(shown)
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{stage.instance.url}/api/v1/approvals/", headers={"Authorization": f"Api-Key {shown}"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        outcomes = {each["outcome"] for each in json.load(answer)["results"]}
    assert outcomes == {"approved", "collected"}
    stage.page.reload()
    expect(stage.page.get_by_label("The new key, shown only now")).to_have_count(0)


def _proof_names_both(stage: Stage) -> None:
    stage.open_token("Supplier portal", "all")
    stage.sees(f"Asked for by {ADMINISTRATOR}, approved and so recorded by {BOB}")
    stage.go("/audit/")
    for words in ("asked for another person’s approval", "approved what another person asked for"):
        stage.sees(words)


def _the_host_is_exempt(stage: Stage) -> None:
    token = stage.open_token("BI warehouse").rstrip("/").rpartition("/")[2]
    words = ("--reason", "It was retired.", "--by", "ops@acme.example")
    stage.instance.run("record_revocation", token, *words)
    file = stage.instance.folder.parent / "trail.jsonl"
    stage.instance.run("export_audit", "--output", str(file))
    (last,) = [line for line in file.read_text().splitlines() if token in line and "exempt" in line]
    assert "exempt, done on the host" in last
