"""After a rotation: who has switched, who is seen, what takes a yes away, and who is reminded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance, describe, up
from tests.journeys.people import ANSWER_MS, Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.notifications.sink import Sink
from tests.notifications.sink import running as smtp
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
COLUMNS = "company,integration,environment,scope,owner_email,issued_at,token"
#: Nothing moves the clock of a running product: the replacement is moved instead.
NINE_DAYS_AGO = (
    "from tokens.models import Token; from datetime import timedelta;"
    "t = Token.objects.get(state='replaced');"
    "t.replaced_at -= timedelta(days=9); t.remind_at = None; t.save()"
)


@pytest.fixture
def coolset() -> Iterator[StandIn]:
    with StandIn() as found:
        yield found


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp() as found:
        yield found


@pytest.fixture
def instance(tmp_path: Path, coolset: StandIn, sink: Sink) -> Iterator[Instance]:
    mail = f"smtp://127.0.0.1:{sink.port}"
    folder = tmp_path / "var"
    with up(describe(folder, COOLSET_API_URL=coolset.url, EMAIL_URL=mail)) as running:
        yield running


def test_from_the_rotation_to_the_revocation(
    instance: Instance, coolset: StandIn, sink: Sink, new_context: NewContext, tmp_path: Path
) -> None:
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    old = stage.new_value("Night export")
    rows = f"Acme GmbH,Night export,production,read,owner@acme.example,{_today()},{old}"
    (tmp_path / "tokens.csv").write_text(f"{COLUMNS}\n{rows}\n")
    instance.run("import_tokens", str(tmp_path / "tokens.csv"))
    instance.run("validate_tokens", "--all")

    path = _rotate(stage)
    _record_and_tick(stage)
    _somebody_else_calls(stage, path, old)
    _the_integration_reports_the_old_one(stage, path)
    _the_revocation_warns(stage, path)
    _reminded_until_revoked(stage, sink, path)
    watch.expect()
    assert instance.run("verify_audit")["ok"]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _rotate(stage: Stage) -> str:
    path = stage.open_token("Night export")
    expect(stage.page.get_by_text("May it be revoked?")).to_have_count(0)
    stage.page.get_by_role("link", name="Rotate", exact=True).click()
    stage.page.get_by_label("The new token").fill(stage.new_value("Night export (new)"))
    stage.press("Check and store it")
    stage.sees("Accepted.", timeout=ANSWER_MS)
    stage.press("It is deployed")
    stage.page.get_by_role("link", name="See whether it may be revoked.").click()
    stage.arrives(f"{path}#safe-to-revoke")
    return path


def _record_and_tick(stage: Stage) -> None:
    """The list is empty and invents nothing; ticked, it says yes, on people's word."""
    stage.sees("Nobody can tell yet whether it is still used.")
    stage.sees("Nobody has recorded what uses Night export’s tokens")
    stage.page.get_by_label("What else uses its tokens").fill("Nightly export on srv-12")
    stage.press("Add to the list")
    stage.sees("Not yet: 0 of 1 consumer has switched.")
    assert barriers(stage.page) == []
    stage.page.set_viewport_size({"width": 390, "height": 844})
    assert not sideways(stage.page)
    stage.page.set_viewport_size({"width": 1280, "height": 900})
    stage.press("Nightly export on srv-12 uses the new one")
    stage.sees("Safe to revoke.")
    stage.sees("This rests on people’s word")


def _somebody_else_calls(stage: Stage, path: str, old: str) -> None:
    """Headers alone never said yes; they take it away."""
    stage.coolset.foreign_use(old, 5)
    stage.instance.run("validate_tokens", "--id", path.split("/")[2])
    stage.go(path)
    stage.sees("Nobody can tell yet whether it is still used.")
    stage.sees("Calls were counted that may be from before the last tick")


def _the_integration_reports_the_old_one(stage: Stage, path: str) -> None:
    """What is seen itself is certain: somebody who is not on the list uses it."""
    stage.go("/integrations/")
    stage.page.locator("table").get_by_role("link", name="Night export", exact=True).click()
    stage.sees("Nightly export on srv-12")
    stage.press("Make a key")
    key = stage.page.get_by_label("The new key of Night export").input_value()
    stage.keys.append(key)
    assert people.report_use(stage, key, path) == 201
    found = stage.instance.run("safe_to_revoke", path.split("/")[2])
    assert (found["answer"], found["why"]) == ("still_used", "seen_after_switch")
    stage.go(path)
    stage.sees("Still used, by something that is not on the list.")
    stage.sees("its integration reported it")


def _the_revocation_warns(stage: Stage, path: str) -> None:
    stage.go(f"{path}revoke/")
    stage.sees("Whatever uses it stops when you revoke it.")
    assert barriers(stage.page) == []


def _reminded_until_revoked(stage: Stage, sink: Sink, path: str) -> None:
    """Nine days after the replacement owner and administrator are asked to revoke it."""
    assert stage.instance.run("send_reminders")["due"] == 0
    code, _, err = stage.instance.ask("shell", "-c", NINE_DAYS_AGO)
    assert code == 0, err
    assert stage.instance.run("send_reminders")["sent"] == 2
    assert sink.to == [people.ADMINISTRATOR, "owner@acme.example"]
    for message in sink.arrived:
        assert message["Subject"].startswith("Replaced, but not revoked: Night export, Acme GmbH")
        body = message.get_body(("plain",))
        assert body is not None
        assert path in body.get_content()
    assert stage.instance.run("send_reminders")["due"] == 0
    stage.go(path)
    stage.sees("Reminder to revoke it")
    stage.go(f"{path}revoke/")
    stage.page.get_by_label("Reason").fill("Rotated")
    stage.press("Record revocation")
    stage.sees("Recorded.")
    expect(stage.page.get_by_text("May it be revoked?")).to_have_count(0)
