"""Three bad days from end to end: somebody leaves, a token leaks, Coolset refuses everything."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.factories import token_value
from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance, until
from tests.journeys.people import ANSWER_MS, Stage
from tests.journeys.watching import NewContext, barriers, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
ANNA, BEN = "anna@acme.example", "ben@acme.example"
COLUMNS = "company,integration,environment,scope,owner_email,created_by_email,issued_at,token"
TOKENS = 14


def test_three_bad_days(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    instance.run("import_tokens", str(_tokens(stage, tmp_path / "tokens.csv")))
    assert instance.run("validate_tokens", "--all")["valid"] == TOKENS
    _somebody_leaves(stage)
    _a_token_leaks(stage, tmp_path / "repository")
    _coolset_refuses_everything(stage)
    watch.expect()
    assert instance.run("verify_audit")["ok"]
    said = b"".join(instance.runs) + instance.log.encode() + _mails(instance).encode()
    assert not [value for value in stage.cast.values if value.encode() in said]


def _tokens(stage: Stage, path: Path) -> Path:
    """Two of Anna's own, one more that she generated, the others Ben's."""
    issued = datetime.now(UTC).date() - timedelta(days=10)
    lines = [COLUMNS]
    for number in range(TOKENS):
        value = stage.new_value(f"Sync {number:02}")
        owner, creator = (ANNA if number < 2 else BEN), (ANNA if number < 3 else BEN)
        place = f"Acme {number},Sync {number:02},production,read"
        lines.append(f"{place},{owner},{creator},{issued},{value}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _flags(stage: Stage) -> dict[str, set[str]]:
    """By integration, as the export says."""
    code, out, _ = stage.instance.ask("export_inventory", "--format", "csv")
    assert code == 0
    return {
        row["integration"]: set(row["flags"].split()) for row in csv.DictReader(out.split("\n"))
    }


def _mails(instance: Instance) -> str:
    return "\n".join(path.read_text() for path in sorted((instance.folder / "mail").glob("*")))


def _mailed(stage: Stage, words: str) -> None:
    until(lambda: words in _mails(stage.instance), f"a mail says: {words}", seconds=90)


def _somebody_leaves(stage: Stage) -> None:
    page = stage.page
    stage.go("/people/")
    page.locator("table").get_by_role("link", name=re.compile(ANNA)).click()
    page.get_by_label("Left on").fill(datetime.now(UTC).date().isoformat())
    stage.press("Save")
    stage.sees("Left on")
    flags = _flags(stage)
    assert flags["Sync 00"] == flags["Sync 01"] == {"owner_left", "creator_left"}
    assert flags["Sync 02"] == {"creator_left"}
    assert flags["Sync 03"] == set()
    page.get_by_label("New owner").fill(BEN)
    stage.press("See what would change")
    stage.sees(BEN)
    assert barriers(page) == []
    stage.press(re.compile("^Reassign"))
    stage.sees("Owns no token in force")
    assert _flags(stage)["Sync 00"] == {"creator_left"}
    stage.go("/")
    stage.sees("Sync 02")
    _mailed(stage, f"{ANNA} has left")


def _a_token_leaks(stage: Stage, folder: Path) -> None:
    value = stage.value("Sync 05")
    folder.mkdir()
    (folder / "settings.py").write_text(f'KEY = "{value}"\nOTHER = "{token_value()}"\n')
    code, out, err = stage.instance.ask("scan_leaks", str(folder))
    assert code == 1
    assert "Sync 05" in out
    assert value not in out + err
    path = stage.open_token("Sync 05")
    assert path.split("/")[2] in out
    stage.page.get_by_role("link", name="Compromised?").click()
    assert barriers(stage.page) == []
    stage.page.get_by_label("What happened").fill("It stood in settings.py of a public repository.")
    stage.press("It is compromised")
    stage.sees("Somebody else may have its value.")
    stage.sees("What happened since")
    assert _flags(stage)["Sync 05"] == {"compromised", "expiring"}
    _mailed(stage, "It stood in settings.py of a public repository.")
    stage.coolset.revoke(value)
    stage.go(f"{path}compromised/")
    stage.page.get_by_role("link", name="Record revocation").click()
    stage.page.get_by_label("Reason").fill("leaked")
    stage.press("Record revocation")
    for _ in range(3):
        stage.instance.run("validate_tokens", "--id", path.split("/")[2])
        stage.page.wait_for_timeout(2_100)
    stage.go(f"{path}compromised/")
    stage.sees("its revocation is recorded")
    row = next(each for each in _rows(stage) if each["integration"] == "Sync 05")
    assert (row["state"], row["revocation_proof"]) == ("revoked", "confirmed")


def _rows(stage: Stage) -> list[dict[str, str]]:
    _, out, _ = stage.instance.ask("export_inventory", "--format", "csv")
    return list(csv.DictReader(out.split("\n")))


def _coolset_refuses_everything(stage: Stage) -> None:
    stage.coolset.outage("refuse_all")
    for _ in range(2):
        stage.instance.run("validate_tokens", "--all")
        stage.page.wait_for_timeout(2_100)
    assert {row["health"] for row in _rows(stage) if row["state"] == "active"} == {"valid"}
    stage.go("/")
    expect(stage.page.locator("main")).to_contain_text("trouble", timeout=ANSWER_MS)
    stage.go("/incidents/")
    stage.page.locator("main table a").first.click()
    stage.sees("Refusals are held")
    assert barriers(stage.page) == []
    stage.press("End the hold")
    stage.sees("This is over.")
    for _ in range(3):
        stage.instance.run("validate_tokens", "--all")
        stage.page.wait_for_timeout(2_100)
    active = [row for row in _rows(stage) if row["state"] == "active"]
    assert {row["health"] for row in active} == {"failing"}
    assert all("unrecorded_revocation" in row["flags"] for row in active)
