"""The main job after the import: checks, tasks, rotation, and three revocations."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.factories import token_value
from tests.journeys import people
from tests.journeys.people import ANSWER_MS, Stage

#: COOLSET_CONFIRM_SECONDS of the instance, and a moment more: from then on a second 401 counts.
CONFIRM_SECONDS = 2.5


def see_the_first_answers(stage: Stage) -> None:
    """The worker asks Coolset about all of them; the pages fill by themselves."""
    stage.open_token("Feed 187")
    stage.sees("It works.", timeout=ANSWER_MS)
    stage.open_token("Weekly report")
    stage.sees("It works, but lacks permission.", timeout=ANSWER_MS)
    stage.open_token("Label printer")
    stage.sees("This token belongs to another company.", timeout=ANSWER_MS)
    stage.open_token("Archive job")
    stage.sees("Nobody holds this value here.")
    stage.open_token("Feed 004")
    stage.sees("Not checked yet.")
    stage.sees("Could not check")


def read_the_to_do_list(stage: Stage) -> None:
    """A first 401 proves nothing; after the second, the tasks stand in the order of urgency."""
    stage.open_token("Carbon ledger")
    stage.sees("Coolset refused this token once")
    _check(stage, "Coolset refuses this token since")
    stage.go("/")
    tasks = stage.page.get_by_role("list", name="What needs somebody").get_by_role("listitem")
    shown = [str(task.text_content()) for task in tasks.all()]
    expected = (
        ("Refused since", "Carbon ledger", "Find out why"),
        ("10 days overdue.", "Supplier portal", "Rotate"),
        ("Due in 7 days.", "Vendor scores", "Rotate"),
        ("Nobody owns this token.", "PLM connector", "Assign"),
    )
    for text, words in zip(shown, expected, strict=False):
        assert all(word in text for word in words), (text, words)
    assert len(shown) == len(expected) + 5
    assert all("Reconcile" in text for text in shown[len(expected) :])


def _check(stage: Stage, becomes: str) -> None:
    """Press "Check now" once a second refusal counts, and see the answer arrive by itself."""
    time.sleep(CONFIRM_SECONDS)
    stage.press("Check now")
    stage.sees(becomes, timeout=ANSWER_MS)


def check_now(stage: Stage) -> None:
    """Somebody takes rights away in Coolset; the page says so without being loaded again."""
    stage.open_token("Billing feed")
    stage.sees("It works.")
    stage.coolset.set_mode(stage.value("Billing feed"), "forbidden")
    stage.press("Check now")
    stage.sees("Checking…")
    stage.sees("It may do less than before.", timeout=ANSWER_MS)


def rotate(stage: Stage) -> None:
    """Through the guide: a mistyped value is refused, the right one takes the old one's place."""
    stage.open_token("Supplier portal")
    stage.page.get_by_role("link", name="Rotate", exact=True).click()
    wrong = token_value()
    stage.cast.values.append(wrong)
    _paste(stage, wrong)
    stage.sees("Coolset refuses this value.", timeout=ANSWER_MS)
    _paste(stage, stage.new_value("Supplier portal (new)", config={"workspace_id": 999}))
    stage.sees("This value belongs to another company.", timeout=ANSWER_MS)
    new = stage.new_value("Supplier portal (new)", config={"workspace_id": 500})
    _paste(stage, new)
    stage.sees("Accepted.", timeout=ANSWER_MS)
    stage.press("It is deployed")
    stage.sees("Now watch the old token.")
    stage.page.get_by_role("link", name="Record revocation").click()


def _paste(stage: Stage, value: str) -> None:
    stage.page.get_by_label("The new token").fill(value)
    stage.press("Check and store it")


def revoke_and_have_it_proved(stage: Stage) -> None:
    """Revoked in Coolset and recorded here: two refusals prove it, and the page says what they
    prove. Goes on where the guide led to."""
    stage.coolset.revoke(stage.value("Supplier portal"))
    _record(stage, "Rotated")
    stage.sees("Refused once since", timeout=ANSWER_MS)
    _check(stage, "Revoked, and Coolset refuses it.")
    stage.sees("not who revoked it")
    stage.sees(re.compile(r"\d+ other tokens were accepted in those minutes"))


def _record(stage: Stage, reason: str) -> None:
    stage.page.get_by_label("Reason").fill(reason)
    by = stage.page.get_by_label("Revoked in Coolset by")
    expect(by).to_have_value(people.ADMINISTRATOR)
    stage.press("Record revocation")


def revoke_without_doing_it(stage: Stage) -> None:
    """Recorded, but nobody revoked it: the page says so, and To do leads with it."""
    stage.open_token("BI warehouse")
    stage.page.get_by_role("link", name="Record revocation").click()
    _record(stage, "Not needed any more")
    stage.sees("This token still works!", timeout=ANSWER_MS)
    stage.go("/")
    first = stage.page.get_by_role("list", name="What needs somebody").get_by_role("listitem").first
    expect(first).to_contain_text("but it still works.")
    expect(first).to_contain_text("BI warehouse")


def revoke_the_wrong_one(stage: Stage) -> None:
    """Meant was the old one, hit was the new one; both pages say so."""
    stage.open_token("Old ERP sync")
    stage.page.get_by_role("link", name="Record revocation").click()
    stage.coolset.revoke(stage.value("New ERP sync"))
    _record(stage, "Replaced by the new one")
    stage.sees("This token still works!", timeout=ANSWER_MS)
    stage.sees(re.compile("You may have revoked “New ERP sync” .* instead of “Old ERP sync”"))
    stage.page.get_by_role("link", name="See the one that is refused").click()
    stage.sees("Coolset refused this token once")
    stage.sees("instead of “Old ERP sync”")
