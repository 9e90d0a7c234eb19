"""Notifications from end to end: a webhook of one's own, an alert that arrives there, a calendar.

The real worker sends to a real server; afterwards nothing of address, secrets or link is found in
the database, the logs, the files or the broker.
"""

from __future__ import annotations

import json
import re
import secrets
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import expect
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook

from tests.journeys import dumps, people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance, until
from tests.journeys.people import ADMINISTRATOR, ANSWER_MS, Stage
from tests.journeys.watching import NewContext, barriers, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
PATH = "/hooks/" + secrets.token_hex(16)


def test_what_is_mailed_arrives_elsewhere_too(
    instance: Instance,
    coolset: StandIn,
    httpserver: HTTPServer,
    new_context: NewContext,
    tmp_path: Path,
) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_data("", status=202)
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    secret = _add_a_webhook(stage, httpserver.url_for(PATH))
    _try_it(stage, httpserver, secret)
    token = _add_a_token(stage)
    _an_alert_arrives(stage, httpserver, secret, token)
    link = _a_calendar(stage, token)
    watch.expect()
    _nothing_is_left_lying_about(instance, [PATH, secret.removeprefix("whsec_"), link])
    instance.stop()


def _add_a_webhook(stage: Stage, url: str) -> str:
    stage.go("/notifications/")
    stage.page.get_by_role("main").get_by_role("link", name="Webhooks").click()
    stage.page.get_by_role("link", name="Add a webhook").first.click()
    stage.page.get_by_label("Name").fill("Tickets")
    stage.page.get_by_label("Address").fill(url)
    stage.press("Add the webhook")
    stage.sees("It cannot be shown again.")
    assert PATH not in stage.page.content()
    assert barriers(stage.page) == []
    return stage.page.locator("#secret").input_value()


def _try_it(stage: Stage, httpserver: HTTPServer, secret: str) -> None:
    """The answer appears by itself."""
    stage.go("/notifications/webhooks/")
    stage.page.get_by_role("link", name="Tickets").click()
    assert secret not in stage.page.content()
    stage.press("Send a test message")
    expect(stage.page.locator("#log")).to_contain_text("Accepted", timeout=ANSWER_MS)
    request = httpserver.log[-1][0]
    told = Webhook(secret).verify(request.get_data(as_text=True), dict(request.headers))
    assert told["type"] == "test"


def _add_a_token(stage: Stage) -> str:
    value, page = stage.new_value("Supplier portal"), stage.page
    tickets = stage.path()
    stage.go("/tokens/new/")
    for label, text in (
        ("Company", "Acme GmbH"),
        ("Integration", "Supplier portal"),
        ("Issued on", datetime.now(UTC).date().isoformat()),
    ):
        page.get_by_label(label).fill(text)
    page.locator("[name=owner_email]").fill(ADMINISTRATOR)
    page.get_by_label("Environment").select_option("production")
    page.get_by_label("Scope").select_option("read")
    page.locator("[name=token]").fill(value)
    stage.press("Store the token")
    stage.sees("Stored and sealed.")
    token = stage.path().strip("/").split("/")[1]
    stage.go(tickets)
    return token


def _an_alert_arrives(stage: Stage, httpserver: HTTPServer, secret: str, token: str) -> None:
    words = ("--reason", "In a public repository", "--by", ADMINISTRATOR)
    stage.instance.run("mark_compromised", token, *words)
    stage.press("Send a test message")  # wakes the worker, which comes within a minute anyway
    until(lambda: len(httpserver.log) >= 3, "the alert arrives", ANSWER_MS / 1000)
    bodies = [request.get_data(as_text=True) for request, _ in httpserver.log]
    (body,) = [each for each in bodies if "token.compromised" in each]
    told = json.loads(body)["data"]
    assert told["token"]["id"] == token
    assert "compromised" in told["token"]["flags"]
    assert secret not in body
    assert stage.value("Supplier portal") not in "".join(bodies)
    stage.page.reload()
    expect(stage.page.locator("#log")).to_contain_text("Compromised")


def _a_calendar(stage: Stage, token: str) -> str:
    stage.go("/notifications/calendar/")
    stage.press("Make a link to my tokens")
    assert barriers(stage.page) == []
    address = stage.page.locator("#link").input_value()
    with urllib.request.urlopen(address) as answer:  # noqa: S310 (loopback)
        (event,) = Calendar.from_ical(answer.read()).walk("VEVENT")
    assert token in str(event["UID"])
    assert event["SUMMARY"] == "Rotate Supplier portal · Acme GmbH · production"
    stage.go("/notifications/calendar/")
    assert address not in stage.page.content()
    stage.press(re.compile("^Revoke the link"))
    stage.sees("The link was revoked.")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(address)  # noqa: S310 (loopback)
    return address.rsplit("/", 1)[1]


def _nothing_is_left_lying_about(instance: Instance, values: list[str]) -> None:
    places = {
        "database": dumps.database_cells(instance),
        "broker": dumps.in_transit(instance),
        "files": dumps.folder_bytes(instance.folder),
        "log": instance.log.encode(),
        "terminal": instance.printed.encode(),
    }
    assert [
        (where, number)
        for where, found in places.items()
        for number, value in enumerate(values)
        if value.encode() in found
    ] == []
