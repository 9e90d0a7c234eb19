"""From an empty product to an inventory with owners: a token, a stranger’s table, many at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.factories import token_value
from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.dumps import sqlite_cells
from tests.journeys.instance import Instance
from tests.journeys.leaks import found_in
from tests.journeys.people import ANSWER_MS, Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn
from tests.stand_in.answers import workspace

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(240),
]
LIST = [workspace(7, "Acme GmbH"), workspace(8, "Birch AG"), workspace(9, "Cedar SA", "trial")]
ROWS = 12
SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture
def stage(instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path) -> Stage:
    watch = watched(
        new_context, tmp_path / "seen.har", base_url=instance.url, reduced_motion="reduce"
    )
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    return stage


def test_from_one_token_to_owners(stage: Stage, new_context: NewContext, tmp_path: Path) -> None:
    stage.watch.failures.clear()
    _start(stage)
    _import(stage)
    _owner_without_scripts(stage, new_context, tmp_path)
    _check_and_revoke(stage)
    stage.watch.expect()
    seen = stage.watch.close()
    stage.instance.stop()
    database = sqlite_cells(stage.instance.folder / "db.sqlite3")
    written = b"".join(
        path.read_bytes() for path in stage.instance.folder.rglob("*") if path.is_file()
    )
    assert found_in(seen, stage.cast.values) == []
    assert found_in(database, stage.cast.values) == []
    assert found_in(written, stage.cast.values) == []
    assert found_in(stage.instance.log.encode(), stage.cast.values) == []


def _fine(stage: Stage) -> None:
    """For everybody's eyes, on every screen."""
    for size in SIZES:
        stage.page.set_viewport_size(size)  # type: ignore[arg-type]  # a TypedDict of Playwright's
        assert barriers(stage.page) == []
        assert not sideways(stage.page)
    stage.page.set_viewport_size(SIZES[0])  # type: ignore[arg-type]


def _start(stage: Stage) -> None:
    """Paste one token, tick two companies, store the token for one of them."""
    page = stage.page
    page.get_by_role("link", name="Start from a token").click()
    _fine(stage)
    value = stage.new_value("Portal", workspaces=LIST, config={"workspace_id": 8})
    page.get_by_label("One API token").fill(value)
    stage.press("Ask Coolset")
    stage.sees("3 companies found", ANSWER_MS)
    _fine(stage)
    for name in ("Acme GmbH", "Birch AG"):
        page.get_by_label(f"Create {name}").check()
    page.get_by_label("Store this token, too").check()
    expect(page.get_by_label("It belongs to")).to_have_value("8")
    page.get_by_label("Integration").fill("Portal")
    page.get_by_label("Environment").select_option("production")
    page.get_by_label("Scope").select_option("read")
    stage.press("Take over what is ticked")
    stage.sees("the token is stored", ANSWER_MS)
    _fine(stage)
    stage.go("/companies/")
    stage.sees("Acme GmbH")
    assert "Cedar SA" not in str(page.content())


def _import(stage: Stage) -> None:
    """A table with other names than ours: mapped once, shown row by row, stored on a word."""
    page = stage.page
    values = [token_value() for _ in range(ROWS)]
    for value in values:
        stage.coolset.seed(value)
    stage.cast.values.extend(values)
    rows = [f"Birch AG,Robot {n},{value}" for n, value in enumerate(values)]
    table = "\n".join(["Firma,Wofür,Schlüssel", *rows]).encode()
    stage.go("/tokens/import/")
    page.get_by_label("CSV file").set_input_files(
        {"name": "tokens.csv", "mimeType": "text/csv", "buffer": table}
    )
    stage.press("Look at it first")
    stage.sees("Which column is which?")
    _fine(stage)
    page.get_by_label("Integration").select_option("1")
    page.get_by_label("Environment").select_option("=production")
    page.get_by_label("Scope", exact=True).select_option("=read")
    stage.press("Look at it again")
    stage.sees(f"It would store {ROWS} tokens, with 0 new companies", ANSWER_MS)
    _fine(stage)
    stage.press(f"Store {ROWS} tokens")
    stage.sees(f"{ROWS} tokens stored", ANSWER_MS)


def _owner_without_scripts(stage: Stage, new_context: NewContext, tmp_path: Path) -> None:
    """All that match get an owner, in a browser that runs no scripts."""
    page = stage.page
    state = stage.watch.context.storage_state()
    quiet = watched(
        new_context,
        tmp_path / "quiet.har",
        base_url=stage.instance.url,
        java_script_enabled=False,
        storage_state=state,
    )
    stage.page = quiet.context.new_page()
    stage.go("/tokens/?owner=nobody")
    stage.page.get_by_label("Which tokens").select_option("all")
    stage.press("Assign owner…")
    stage.page.get_by_label("New owner").fill("robots@acme.example")
    stage.press("Show what would happen")
    stage.sees(f"{ROWS + 1} tokens would change hands, to robots@acme.example")
    stage.press(f"Assign owner: {ROWS + 1} tokens")
    stage.sees(f"{ROWS + 1} tokens changed hands")
    quiet.expect()
    assert found_in(quiet.close(), stage.cast.values) == []
    stage.page = page


def _check_and_revoke(stage: Stage) -> None:
    """Ticked by one box, then two by hand; the number has to be typed."""
    page = stage.page
    stage.go("/tokens/")
    page.get_by_label("All on this page").check()
    stage.press("Check…")
    _fine(stage)
    stage.press(f"Check: {ROWS + 1} tokens")
    stage.sees("will be checked in a moment")
    _fine(stage)
    stage.go("/tokens/?q=Robot")
    for number in (0, 1):
        page.get_by_label(f"Choose Robot {number},").check()
    stage.press("Record revocation…")
    stage.sees("2 tokens would be recorded as revoked.")
    _fine(stage)
    page.get_by_label("Reason").fill("Robots are gone")
    page.get_by_label("How many tokens are these?").fill("12")
    stage.press("Record revocation: 2 tokens")
    stage.sees("It would be 2. Type that number to confirm it.")
    stage.watch.expect((400, "/tokens/bulk/revocation/"))
    page.get_by_label("How many tokens are these?").fill("2")
    stage.press("Record revocation: 2 tokens")
    stage.sees("2 tokens are recorded as revoked")
    stage.go("/audit/")
    stage.sees(re.compile("Revocation recorded"))
