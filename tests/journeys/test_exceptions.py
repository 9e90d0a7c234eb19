"""An exception from end to end: one administrator asks, another approves, and it ends."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance
from tests.journeys.people import Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(120),
]
BOB = "bob@acme.example"
COLUMNS = "company,integration,environment,scope,owner_email,issued_at,token,held"
#: Nothing moves the clock of a running product: the exception's days are moved instead.
LET_IT_END = (
    "from tokens.models import PolicyException as E;"
    "from tokens.services.exceptions.effects import settle_effects;"
    "E.objects.update(ends_on='{yesterday}'); settle_effects(E.objects.get().token_id)"
)


def today() -> date:
    return datetime.now(UTC).date()


def test_one_asks_another_approves_and_it_ends(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    instance.run("import_tokens", str(_token(tmp_path / "tokens.csv")))
    assert _flags(instance) == {"not_held", "overdue"}
    _ask(stage)
    link = people.invite(stage, BOB)
    people.sign_out(stage)
    _approve(stage, link)
    assert _flags(instance) == {"not_held"}
    _nothing_looks_healthy(stage)
    code, _, err = instance.ask(
        "shell", "-c", LET_IT_END.format(yesterday=today() - timedelta(days=1))
    )
    assert code == 0, err
    assert _flags(instance) == {"not_held", "overdue", "exception_ended"}
    _take_note(stage)
    assert _flags(instance) == {"not_held", "overdue"}
    watch.expect()
    assert instance.run("verify_audit")["ok"]


def _token(path: Path) -> Path:
    issued = (today() - timedelta(days=100)).isoformat()
    row = f"Acme GmbH,Supplier portal,production,read,owner@acme.example,{issued},,no"
    path.write_text(f"{COLUMNS}\n{row}\n")
    return path


def _flags(instance: Instance) -> set[str]:
    """As the export says."""
    code, out, _ = instance.ask("export_inventory", "--format", "csv")
    assert code == 0
    (row,) = csv.DictReader(out.splitlines())
    return set(row["flags"].split())


def _ask(stage: Stage) -> None:
    stage.open_token("Supplier portal")
    stage.page.get_by_role("link", name="Ask for an exception").click()
    stage.sees("An exception needs two administrators, and you are the only one.")
    assert barriers(stage.page) == []
    stage.page.get_by_label("Overdue").check()
    stage.page.get_by_label("Reason").fill("The supplier answers after Easter.")
    stage.page.get_by_label("Until (UTC)").fill((today() + timedelta(days=30)).isoformat())
    stage.press("Ask for it")
    stage.sees("It waits for a decision.")
    expect(stage.page.get_by_role("button", name="Approve")).to_have_count(0)
    stage.go("/")
    expect(stage.page.get_by_role("main")).not_to_contain_text("An exception waits")


def _approve(stage: Stage, link: str) -> None:
    people.accept(stage, link, BOB)
    stage.go("/")
    stage.sees("An exception waits for approval.")
    stage.page.get_by_role("link", name="Decide").click()
    assert barriers(stage.page) == []
    stage.press("Refuse")
    stage.sees("Say why")
    stage.watch.expect((400, stage.path()))
    stage.press("Approve")
    stage.sees("It is in force.")


def _nothing_looks_healthy(stage: Stage) -> None:
    stage.open_token("Supplier portal")
    stage.sees("Excepted until")
    stage.sees("An exception silences its reminders until")
    stage.page.set_viewport_size({"width": 390, "height": 844})
    stage.go("/exceptions/")
    stage.sees("In force")
    assert not sideways(stage.page)
    stage.page.set_viewport_size({"width": 1280, "height": 900})
    stage.go("/")
    stage.sees("not counted in.")
    expect(stage.page.get_by_role("main")).not_to_contain_text("overdue")


def _take_note(stage: Stage) -> None:
    stage.go("/")
    stage.sees("Its exception ended on")
    stage.go("/exceptions/")
    stage.page.locator("main table").get_by_role("link", name="Supplier portal").click()
    stage.sees("It has ended.")
    stage.press("Take note")
    stage.sees("It is closed.")
    stage.go("/audit/")
    for words in ("asked for an exception", "approved an exception", "is over"):
        stage.sees(words)
