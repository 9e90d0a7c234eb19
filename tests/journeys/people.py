"""What people do in the browser, step by step, and what they must see. One function per step."""

from __future__ import annotations

import csv
import io
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.factories import token_value
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance
from tests.journeys.watching import Watch
from tests.stand_in import StandIn

#: A sweep is asked for at once; under load the next tick of beat (60 s) may be what does it.
ANSWER_MS = 75_000
ADMINISTRATOR = "ada@acme.example"
AUDITOR = "otto@acme.example"


@dataclass
class Stage:
    """Everything the steps need, and what they must remember for the search at the end."""

    instance: Instance
    coolset: StandIn
    cast: Cast
    page: Page
    watch: Watch
    password: str = field(default_factory=lambda: f"Journey-{uuid4().hex}", repr=False)
    exports: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list, repr=False)

    def go(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name, exact=isinstance(name, str)).click()

    def sees(self, text: str | re.Pattern[str], timeout: float = 20_000) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text, timeout=timeout)

    def arrives(self, path: str) -> None:
        expect(self.page).to_have_url(f"{self.instance.url}{path}")

    def path(self) -> str:
        return "/" + self.page.url.split("/", 3)[3]

    def open_token(self, integration: str, state: str = "") -> str:
        """The page of the one token of an integration, reached by searching; gives its path."""
        self.go(f"/tokens/?q={integration}" + (f"&state={state}" if state else ""))
        self.page.locator("table").get_by_role("link", name=integration, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(integration)
        return self.path()

    def value(self, integration: str) -> str:
        return self.cast.by_name[integration]

    def new_value(self, integration: str, mode: str = "valid", **facts: Any) -> str:
        """Somebody generates a token in Coolset."""
        value = token_value()
        self.cast.values.append(value)
        self.coolset.seed(value, mode, **facts)
        self.cast.by_name[integration] = value
        return value


def sign_up(stage: Stage) -> None:
    """The first visit: the one-time page, with the code that `up` printed."""
    page = stage.page
    stage.go("/")
    stage.arrives("/setup/")
    page.get_by_label("Set-up code").fill("WRONG-CODE")
    page.get_by_label("E-mail").fill(ADMINISTRATOR)
    page.get_by_label("Password").fill(stage.password)
    stage.press("Make the account and sign in")
    stage.sees("code")
    page.get_by_label("Set-up code").fill(stage.instance.code)
    page.get_by_label("Password").fill(stage.password)
    stage.press("Make the account and sign in")
    stage.sees("Put your first tokens in")
    answer = page.request.get("/setup/")
    assert answer.status == 404


def sign_in(stage: Stage, email: str, password: str) -> None:
    stage.page.get_by_label("E-mail").fill(email)
    stage.page.get_by_label("Password").fill(password)
    stage.press("Sign in")
    expect(stage.page.get_by_text(email).locator("visible=true").first).to_be_visible()


def invite(stage: Stage, email: str) -> str:
    """Another administrator, by a link of the team page; gives its path."""
    stage.go("/team/")
    stage.page.get_by_label("E-mail").fill(email)
    stage.page.get_by_label("Role", exact=True).select_option("administrator")
    stage.press("Add and make a link")
    found = stage.page.get_by_label(re.compile("^The link for")).input_value()
    return found.removeprefix(stage.instance.url)


def accept(stage: Stage, link: str, email: str) -> None:
    """Whoever was invited sets a password and signs in."""
    stage.go(link)
    for each in stage.page.locator("input[type=password]").all():
        each.fill(stage.password)
    stage.press("Set password")
    stage.arrives("/accounts/login/")
    sign_in(stage, email, stage.password)


def sign_out(stage: Stage) -> None:
    stage.press("Sign out")
    stage.arrives("/accounts/login/")


def import_the_cast(stage: Stage, folder: Path) -> None:
    """A bad file is refused by line and column; every row of the good one is shown, then stored."""
    stage.go("/tokens/import/")
    bad = stage.cast.csv.replace(b",production,read,", b",moon,read,", 1)
    _choose(stage, folder, bad, "Look at it first")
    stage.sees("1 row cannot be stored, so none is.", ANSWER_MS)
    row = stage.page.locator("table tr", has_text="Environment")
    expect(row).to_contain_text("Line 2")
    stage.press("Forget this upload")
    stage.watch.expect()

    _choose(stage, folder, stage.cast.csv, "Look at it first")
    stage.sees("Nothing is stored yet", ANSWER_MS)
    stage.sees("It would store 200 tokens")
    stage.press("Store 200 tokens")
    stage.sees("200 tokens stored", ANSWER_MS)
    stage.go("/tokens/")
    stage.watch.expect()


def _choose(stage: Stage, folder: Path, data: bytes, button: str) -> None:
    """The file exists only for the browser's file dialogue."""
    (folder / "tokens.csv").write_bytes(data)
    stage.page.get_by_label("CSV file").set_input_files(folder / "tokens.csv")
    stage.press(button)


def export_the_inventory(stage: Stage) -> list[dict[str, str]]:
    """The rows of the CSV that the page offers."""
    stage.go("/tokens/?state=all")
    stage.page.locator("summary", has_text="Export").click()
    with stage.page.expect_download() as started:
        stage.page.get_by_role("link", name=re.compile("CSV")).click()
    data = Path(started.value.path()).read_bytes()
    stage.exports.append(data)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def report_use(stage: Stage, key: str, token_path: str) -> int:
    """What an integration does: one call, outside of any browser."""
    request = urllib.request.Request(  # noqa: S310 (loopback)
        f"{stage.instance.url}/api/v1{token_path}usage/",
        data=b"{}",
        headers={"Authorization": f"Api-Key {key}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (loopback)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
