"""The main job (add, check, rotate, revoke) in a browser that runs no scripts at all."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.factories import token_value
from tests.journeys import people
from tests.journeys.acts import CONFIRM_SECONDS
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance
from tests.journeys.people import Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
SECONDS = 75.0


def test_the_main_job(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    _first_pages_are_fine(instance, new_context, tmp_path)
    har = tmp_path / "seen.har"
    watch = watched(new_context, har, base_url=instance.url, java_script_enabled=False)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    _add(stage)
    _reload_until(stage, "It works.")
    coolset.set_mode(stage.value("Supplier portal"), "forbidden")
    stage.press("Check now")
    stage.sees("Checking…")
    _reload_until(stage, "It may do less than before.")
    _rotate(stage)
    _revoke(stage)
    watch.expect()
    instance.stop()


def _first_pages_are_fine(instance: Instance, new_context: NewContext, tmp_path: Path) -> None:
    """Before there is an account or a token, the pages have another look; axe needs scripts."""
    watch = watched(new_context, tmp_path / "first.har", base_url=instance.url)
    page = watch.context.new_page()
    page.goto("/")
    assert page.url.endswith("/setup/")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert barriers(page) == []
        assert not sideways(page)
    watch.expect()
    watch.close()


def _add(stage: Stage) -> None:
    """By the form; once wrongly, and what was pasted does not come back."""
    page = stage.page
    value = stage.new_value("Supplier portal")
    stage.go("/tokens/new/")
    page.get_by_label("Company").fill("Acme GmbH")
    page.get_by_label("Integration").fill("Supplier portal")
    page.get_by_label("Environment").select_option("production")
    page.get_by_label("Issued on").fill(datetime.now(UTC).date().isoformat())
    page.locator("[name=token]").fill(value)
    stage.press("Store the token")
    stage.sees("is never shown again")
    assert value not in page.content()
    stage.watch.expect((400, "/tokens/new/"))
    page.get_by_label("Scope").select_option("read")
    page.locator("[name=token]").fill(value)
    stage.press("Store the token")
    stage.sees("Stored and sealed.")


def _rotate(stage: Stage) -> None:
    stage.page.get_by_role("link", name="Rotate", exact=True).click()
    wrong = token_value()
    for value, words in (
        (wrong, "Coolset refuses this value."),
        (stage.new_value("Supplier portal (new)"), "Accepted."),
    ):
        stage.page.get_by_label("The new token").fill(value)
        stage.press("Check and store it")
        _reload_until(stage, words)
    stage.press("It is deployed")
    stage.page.get_by_role("link", name="Record revocation").click()


def _revoke(stage: Stage) -> None:
    stage.coolset.revoke(stage.value("Supplier portal"))
    stage.page.get_by_label("Reason").fill("Rotated")
    stage.press(re.compile("^Record revocation"))
    _reload_until(stage, "Refused once since")
    time.sleep(CONFIRM_SECONDS)
    stage.press("Check now")
    _reload_until(stage, "Revoked, and Coolset refuses it.")


def _reload_until(stage: Stage, words: str) -> None:
    """As the page says: reload to see the answer."""
    end = time.monotonic() + SECONDS
    while words not in str(stage.page.get_by_role("main").text_content()):
        assert time.monotonic() < end, f"never: {words}"
        time.sleep(0.5)
        stage.page.reload()
    expect(stage.page.get_by_role("main")).to_contain_text(words)
