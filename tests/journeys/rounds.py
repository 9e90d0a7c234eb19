"""The rest of the story: identify, reconcile, usage keys, searching, the trail, policy, auditor."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.factories import token_value
from tests.journeys import people
from tests.journeys.people import Stage


def identify(stage: Stage) -> None:
    """A value was found in a log: whose is it? A stranger's is not known."""
    stage.go("/identify/")
    stage.page.get_by_label("The token that you found").fill(stage.value("Customs export"))
    stage.press("Look it up")
    stage.sees("It is known here.")
    stage.sees("Customs export")
    stranger = token_value()
    stage.cast.values.append(stranger)
    stage.page.get_by_label("The token that you found").fill(stranger)
    stage.press("Look it up")
    stage.sees("It is not known here.")
    assert stage.path() == "/identify/"


def reconcile(stage: Stage) -> None:
    """Coolset's list has one that nobody entered, and lacks one that is known here."""
    stage.go("/companies/")
    stage.page.get_by_role("link", name="Acme Italia").first.click()
    stage.page.get_by_role("link", name="Compare with Coolset’s list").click()
    stage.sees("Tick what you see there")
    boxes = stage.page.get_by_role("checkbox").all()
    stage.page.get_by_label("How many tokens does Coolset list").fill(str(len(boxes)))
    for box in boxes:
        box.check()
    stage.page.get_by_role("checkbox", name=re.compile("^PLM connector")).uncheck()
    stage.page.locator("[name=rows-0-integration]").fill("Night job")
    stage.page.locator("[name=rows-0-owner]").fill("portal-team@acme.example")
    stage.press(re.compile("^Record the comparison"))
    stage.sees("1 added as not held.")
    stage.sees("Coolset’s list did not have 1 of the tokens known here.")
    stage.sees("Night job")


def report_use(stage: Stage) -> None:
    """A key of one integration: shown once, good for its own tokens alone."""
    own = stage.open_token("Customs export")
    other = stage.open_token("Billing feed")
    stage.go("/integrations/")
    stage.page.get_by_role("link", name="Customs export", exact=True).click()
    stage.press("Make a key")
    key = stage.page.get_by_label("The new key of Customs export").input_value()
    stage.keys.append(key)
    assert people.report_use(stage, key, own) in {200, 201, 202, 204}
    assert people.report_use(stage, key, other) in {403, 404}
    stage.go(stage.path().removesuffix("keys/"))
    assert key not in stage.page.content()
    stage.go(own)
    stage.sees("Reported by its integration")


def search_and_export(stage: Stage) -> None:
    """Filters stand in the address, what looks like a token does not; the export has all of it."""
    stage.go("/tokens/?flag=revocation_contradicted&state=all")
    expect(stage.page.locator("tbody tr")).to_have_count(2)
    stage.page.get_by_role("searchbox", name="Search").fill(stage.value("Customs export"))
    stage.press("Show")
    stage.sees("That looked like a token")
    assert "sk_" not in stage.page.url
    listed = people.export_the_inventory(stage)
    rows = {row["integration"]: row for row in listed}
    proofs = {row["integration"]: row["revocation_proof"] for row in listed if row["revoked_at"]}
    assert proofs == {
        "Supplier portal": "confirmed",
        "BI warehouse": "contradicted",
        "Old ERP sync": "contradicted",
    }
    assert rows["BI warehouse"]["flags"] == "revocation_contradicted"
    assert rows["Carbon ledger"]["flags"] == "failing"
    assert rows["Weekly report"]["health"] == "insufficient"
    assert rows["Customs export"]["last_used_evidence"]


def read_the_trail(stage: Stage) -> None:
    """The trail, filtered by what happened."""
    stage.go("/audit/")
    stage.page.get_by_label("What happened").select_option("revocation.contradicted")
    stage.press("Filter")
    entries = stage.page.get_by_role("list", name="Entries").locator("> li")
    expect(entries).to_have_count(2)
    assert "kind=revocation.contradicted" in stage.page.url


def try_a_policy(stage: Stage) -> None:
    """What would follow is shown before anything changes."""
    stage.go("/policies/")
    stage.page.get_by_role("link", name="Change").click()
    stage.page.get_by_label("Rotate every").fill("30")
    stage.press("See what would follow")
    stage.sees("This is what would follow today.")
    effect = stage.page.get_by_role("row", name=re.compile("^overdue"))
    before, after = (int(cell) for cell in effect.get_by_role("cell").all_text_contents())
    assert before < after
    stage.go("/policies/")
    stage.sees("90")


def let_an_auditor_in(stage: Stage) -> None:
    """By a link of the team page; they see everything and can change nothing."""
    stage.go("/team/")
    stage.page.get_by_label("E-mail").fill(people.AUDITOR)
    stage.press("Add and make a link")
    link = stage.page.get_by_label(re.compile("^The link for")).input_value()
    people.sign_out(stage)
    stage.go(link.removeprefix(stage.instance.url))
    for field in stage.page.locator("input[type=password]").all():
        field.fill(stage.password)
    stage.press("Set password")
    stage.arrives("/accounts/login/")
    people.sign_in(stage, people.AUDITOR, stage.password)
    path = stage.open_token("Customs export")
    for act in ("Rotate", "Record revocation", "Edit", "Check now"):
        expect(stage.page.get_by_text(act, exact=True)).to_have_count(0)
    stage.watch.expect()
    stage.page.evaluate(_POST, [f"{path}check/", f"{path}revoke/", "/team/"])
    stage.watch.expect((403, f"{path}check/"), (403, f"{path}revoke/"), (403, "/team/"))
    people.sign_out(stage)


#: The page's own CSRF token goes along, so that it is the role that is refused.
_POST = """async (paths) => {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  for (const path of paths) {
    await fetch(path, {method: "POST", headers: {"X-CSRFToken": token}});
  }
}"""
