"""Policies from end to end: admin tokens are to be rotated sooner, one is spared by hand."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
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
DAYS_OLD = 40
COLUMNS = ("company", "integration", "environment", "scope", "owner_email", "issued_at")


def test_admin_tokens_are_rotated_sooner(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    har = tmp_path / "seen.har"
    watch = watched(new_context, har, base_url=instance.url, reduced_motion="reduce")
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    instance.run("import_tokens", str(_tokens(tmp_path / "tokens.csv")))
    assert _overdue(instance) == set()
    _create(stage)
    assert _overdue(instance) == {"Supplier portal", "Customs export"}
    _spare_one(stage)
    assert _overdue(instance) == {"Supplier portal"}
    _remove(stage)
    assert _overdue(instance) == set()
    watch.expect()
    assert instance.run("verify_audit")["ok"]


def _tokens(path: Path) -> Path:
    """Nobody has the values any more, so that this is about days alone."""
    issued = (datetime.now(UTC) - timedelta(days=DAYS_OLD)).date().isoformat()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "token", "held"])
        for integration, scope in (
            ("Supplier portal", "admin"),
            ("Customs export", "admin"),
            ("BI warehouse", "read"),
        ):
            place = ["Acme GmbH", integration, "production", scope]
            writer.writerow([*place, "owner@acme.example", issued, "", "no"])
    return path


def _overdue(instance: Instance) -> set[str]:
    """As the export says."""
    code, out, _ = instance.ask("export_inventory", "--format", "csv")
    assert code == 0
    rows = csv.DictReader(out.splitlines())
    return {row["integration"] for row in rows if "overdue" in row["flags"].split()}


def _create(stage: Stage) -> None:
    """Seen first, then done; a fresh page of it is fine for everybody."""
    stage.go("/policies/")
    stage.page.get_by_role("link", name="New policy").click()
    stage.page.get_by_label("Name").fill("Admin scope")
    stage.page.get_by_label("Scope").select_option("admin")
    stage.page.get_by_label("Rotate every (days)").fill("30")
    stage.press("See what would follow")
    stage.sees("It applies to 2 tokens.")
    row = stage.page.locator(".effects tr", has_text="overdue")
    expect(row.locator("td")).to_have_text(["0", "2"])
    assert barriers(stage.page) == []
    stage.page.set_viewport_size({"width": 390, "height": 844})
    assert not sideways(stage.page)
    stage.press("Create the policy")
    stage.arrives("/policies/")
    expect(stage.page.locator("main table tbody tr")).to_have_count(2)


def _spare_one(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 1280, "height": 900})
    stage.open_token("Customs export")
    stage.sees("30 days: policy “Admin scope” applies to admin tokens")
    stage.page.get_by_role("link", name="Choose another").click()
    stage.page.get_by_label("Base policy, 90 days").check()
    stage.press("Save")
    stage.sees("90 days: the base policy was chosen for this token by hand.")


def _remove(stage: Stage) -> None:
    stage.go("/policies/")
    stage.page.get_by_role("link", name="Remove Admin scope").click()
    stage.sees("1 token would go by the next most specific policy instead.")
    stage.press("Remove the policy")
    stage.arrives("/policies/")
    stage.open_token("Supplier portal")
    stage.sees("90 days: the base policy, which applies to all tokens.")
    stage.go("/audit/")
    for words in ("created the policy", "chose the policy of", "removed the policy"):
        stage.sees(words)
