"""Evidence of use from end to end: reported, brought in as a log, read on the token's page."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.factories import token_value
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
HEADER = "company,integration,environment,scope,owner_email,issued_at,token"
NAME = "Supplier portal"


def test_who_uses_a_token(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    har = tmp_path / "seen.har"
    watch = watched(new_context, har, base_url=instance.url, reduced_motion="reduce")
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    value = stage.new_value(NAME)
    instance.run("import_tokens", str(_tokens(tmp_path / "tokens.csv", value)))
    path = stage.open_token(NAME)
    stage.sees("Nobody is named yet.")
    _report(stage, path, _make_a_key(stage))
    _bring_in_a_log(stage, tmp_path, value)
    _read(stage, path)
    watch.expect((400, "/usage/import/"))
    assert instance.run("verify_audit")["ok"]
    for secret in (value, *stage.keys):
        assert secret not in instance.log
    instance.stop()
    assert value.encode() not in watch.close()


def _tokens(path: Path, value: str) -> Path:
    issued = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    row = f"Acme GmbH,{NAME},production,read,portal@acme.example,{issued},{value}"
    path.write_text(f"{HEADER}\n{row}\n")
    return path


def _make_a_key(stage: Stage) -> str:
    stage.page.get_by_role("link", name="How to report").click()
    stage.press("Make a key")
    key = str(stage.page.locator("#key").input_value())
    stage.keys.append(key)
    return key


def _report(stage: Stage, path: str, key: str) -> None:
    """What the integration does at its start, with the address that the page names."""
    request = urllib.request.Request(  # noqa: S310 (loopback)
        f"{stage.instance.url}/api/v1{path}usage/",
        data=json.dumps({"address": "192.0.2.7:443", "user_agent": "portal/2.1"}).encode(),
        headers={"Authorization": f"Api-Key {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (loopback)
        assert answer.status == 201


def _bring_in_a_log(stage: Stage, folder: Path, value: str) -> None:
    """First one with a token where the program should stand, then tried, then recorded."""
    page, log = stage.page, folder / "gateway.csv"
    stage.go("/tokens/")
    page.get_by_text("Bring in", exact=True).click()
    page.get_by_role("link", name="Import a log of use").click()
    _upload(stage, log, [f"{_ago(5)},{value},,{token_value()}"], "Try it without recording")
    stage.sees("Nothing was imported: 1 problem found.")
    expect(page.get_by_role("row").last).to_contain_text("user_agent")
    _fits(stage)
    lines = [f"{_ago(hours)},{value},laptop-7.acme.example,curl/8.5.0" for hours in (30, 29, 3)]
    _upload(stage, log, lines, "Try it without recording")
    stage.sees("It holds 3 uses of 1 token")
    _fits(stage)
    _upload(stage, log, lines, "Record 3 uses")
    expect(page.locator("body")).to_contain_text("3 lines recorded, 1 token seen in use.")


def _upload(stage: Stage, log: Path, lines: list[str], button: str) -> None:
    log.write_text("\n".join(["time,token,address,user_agent", *lines]))
    stage.page.get_by_label("Log", exact=True).set_input_files(log)
    stage.press(button)


def _fits(stage: Stage) -> None:
    """Nothing to hold against the page, wide and light, narrow and dark."""
    for width, scheme in ((1280, "light"), (390, "dark")):
        stage.page.set_viewport_size({"width": width, "height": 900})
        stage.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
        assert barriers(stage.page) == []
        assert not sideways(stage.page)


def _ago(hours: int) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def _read(stage: Stage, path: str) -> None:
    """On the page, wide and narrow, and by a program."""
    stage.go(path)
    rows = stage.page.get_by_role("region", name="Who uses this token").locator("tbody tr")
    for row, words in zip(
        rows.all(),
        (("192.0.2.7", "portal/2.1", "report", "1"), ("laptop-7.acme.example", "curl", "log", "3")),
        strict=True,
    ):
        for word in words:
            expect(row).to_contain_text(word)
    stage.sees("In imported logs")
    stage.page.get_by_text("Day by day, 90 days").click()
    _fits(stage)
    answer = stage.page.request.get(f"/api/v1{path}usage/").json()
    named = {each["source"]: each["sightings"][0]["address"] for each in answer["sources"]}
    assert named["report"] == "192.0.2.7"
    assert named["log"] == "laptop-7.acme.example"
