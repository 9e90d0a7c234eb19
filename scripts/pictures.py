"""Take the pictures of README and guide from a fresh demo: `.venv/bin/python -m scripts.pictures`.

Starts `manage.py demo` on a port and a folder of its own, looks at its pages in a real browser and
writes docs/pictures/*.png. Everything on them is sample data. Needs what `make test` installs.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from scripts.small_png import shrink

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
START_SECONDS = 120
LARGEST = 120_000
WIDE, PHONE = (1280, 860), (390, 844)
BROWSER = ["--no-sandbox", "--disable-lcd-text", "--hide-scrollbars"]
_SIGN_IN = re.compile(r"Sign in: (\S+), password: (\S+)")


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo and how to sign in to it."""

    address: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`path` is an address, or a function that finds its page by following links and
    answers with its address, or "" where it stands on it already."""

    name: str
    path: str | Callable[[Page, str], str]
    size: tuple[int, int] = WIDE
    scheme: Literal["light", "dark"] = "light"


def first_of(query: str, ending: str = "") -> Callable[[Page, str], str]:
    """The page of the first token that a filter of the inventory finds."""

    def find(page: Page, address: str) -> str:
        page.goto(f"{address}/tokens/?{query}")
        href = page.locator("main table a[href^='/tokens/']").first.get_attribute("href")
        if href is None:
            raise LookupError(f"the demo has no token for {query}")
        return href + ending

    return find


def new_policy(page: Page, address: str) -> str:
    """What a new policy would do; that answers a form, so no address leads there."""
    page.goto(f"{address}/policies/new/")
    page.fill("[name=name]", "New ERP, every two months")
    page.fill("[name=integration]", "ERP sync")
    page.fill("[name=rotate_days]", "60")
    page.click("button[value=preview]")
    return ""


def first_company(page: Page, address: str) -> str:
    """The comparison of the first company with Coolset's list."""
    page.goto(f"{address}/companies/")
    href = page.locator("main table a[href^='/companies/']").first.get_attribute("href")
    return f"{href}reconcile/"


def open_review(page: Page, address: str) -> str:
    """The review that is running: the newest."""
    page.goto(f"{address}/evidence/reviews/")
    return (
        page.locator("main table a[href^='/evidence/reviews/']").first.get_attribute("href") or ""
    )


def first_webhook(page: Page, address: str) -> str:
    """The page of the first webhook, with its log."""
    page.goto(f"{address}/notifications/webhooks/")
    href = page.locator("main table a[href^='/notifications/channels/']").first.get_attribute(
        "href"
    )
    if href is None:
        raise LookupError("the demo has no webhook")
    return href


def invented() -> str:
    """A value that the demo takes for a token."""
    return "sk_" + "live_" + secrets.token_hex(12)


def chosen_owner(page: Page, address: str) -> str:
    """What giving some tokens another owner would do."""
    page.goto(f"{address}/tokens/")
    for number in range(4):
        page.locator("input[name=ids]").nth(number).check()
    page.get_by_role("button", name="Assign owner…").click()
    page.get_by_label("New owner").fill("portal-team@acme.example")
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_text("to portal-team@acme.example").wait_for()
    return ""


def uploaded(page: Page, address: str) -> str:
    """The preview of a table with other column names than ours."""
    rows = [
        f"Willow Foods,{name},{invented()}"
        for name in ("Supplier portal", "BI warehouse", "Customs export")
    ]
    table = "\n".join(["Customer,System,API key", *rows]).encode()
    page.goto(f"{address}/tokens/import/")
    upload: FilePayload = {"name": "tokens.csv", "mimeType": "text/csv", "buffer": table}
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_label("Environment").select_option("=production")
    page.get_by_label("Scope", exact=True).select_option("=read")
    page.get_by_role("button", name="Look at it again").click()
    page.get_by_text("Every row is fine").wait_for(timeout=90_000)
    return page.url.removeprefix(address)


def started(page: Page, address: str) -> str:
    """The companies that an invented token knows."""
    page.goto(f"{address}/onboarding/")
    page.get_by_label("One API token").fill(invented())
    page.get_by_role("button", name="Ask Coolset").click()
    page.get_by_text("companies found").first.wait_for(timeout=90_000)
    return "/onboarding/"


def used_from_a_laptop(page: Page, address: str) -> str:
    """The page of the sample token that somebody tried from their own machine."""
    for integration in ("Supplier portal", "PLM connector"):
        page.goto(f"{address}/tokens/?health=valid&state=active&q={integration}")
        links = page.locator("main table a[href^='/tokens/']").all()
        for href in dict.fromkeys(str(link.get_attribute("href")) for link in links):
            page.goto(address + href)
            if page.get_by_text("curl/8.5.0").count():
                return href
    raise LookupError("no sample token is used from a laptop")


def a_leaver(page: Page, address: str) -> str:
    """Somebody who leaves, with what they own and what they created."""
    page.goto(f"{address}/people/?q=anna.berg")
    return str(page.locator("main table a[href^='/people/']").first.get_attribute("href"))


def an_incident(page: Page, address: str) -> str:
    """Coolset fails from now on: the last picture, since every page would show it."""
    command = [sys.executable, "manage.py", "demo_story", "vendor_down"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - ours
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        page.goto(f"{address}/incidents/")
        link = page.locator("main table a[href^='/incidents/']")
        if link.count():
            return str(link.first.get_attribute("href"))
        time.sleep(3)
    raise LookupError("no incident began")


ASK = (
    "from django.utils import timezone as t;"
    "from tokens.audit import Actor as A; from tokens.models import Token as T;"
    "from tokens.services.approvals import ask_revocation as ask;"
    "who='portal-team@acme.example';"
    "token=T.objects.filter(state='replaced', integration__name='ERP sync').first();"
    "one=ask(token=token, reason='The new value is in use everywhere.', by=who,"
    " actor=A('account', who), now=t.now()); print('request', one.pk)"
)


def a_request(page: Page, address: str) -> str:
    """What somebody else asked for: it can be asked for although the demo has the rule off."""
    command = [sys.executable, "manage.py", "shell", "-c", ASK]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    found = re.search(r"request (\S+)", done.stdout)
    if found is None:
        raise LookupError("nothing was asked for")
    return f"/approvals/{found[1]}/revocation/"


SHOTS = (
    Picture("todo", "/"),
    Picture("todo-phone", "/", PHONE, "dark"),
    Picture("tokens", "/tokens/"),
    Picture("token-refused", first_of("flag=unrecorded_revocation")),
    Picture("token-contradicted", first_of("flag=revocation_contradicted&state=revoked")),
    Picture("rotate", first_of("flag=overdue", "rotate/"), (1280, 1000)),
    Picture("revoke", first_of("flag=not_revoked&state=replaced", "revoke/")),
    Picture("compromised", first_of("flag=compromised", "compromised/")),
    Picture("reconcile", first_company, (1280, 1000)),
    Picture("person", a_leaver, (1280, 900)),
    Picture("exceptions", "/exceptions/", (1280, 800)),
    Picture("import", "/tokens/import/", (1280, 640)),
    Picture("import-preview", uploaded, (1280, 860)),
    Picture("onboarding", started, (1280, 980)),
    Picture("bulk", chosen_owner, (1280, 860)),
    Picture("notifications", first_webhook, (1280, 1000)),
    Picture("evidence-of-use", used_from_a_laptop, (1280, 1000)),
    Picture("told-next", first_of("q=BI+warehouse&flag=overdue"), (1280, 1300)),
    Picture("policies", "/policies/", (1280, 700)),
    Picture("policy-new", new_policy, (1280, 860)),
    Picture("api-keys", "/keys/", (1280, 760)),
    Picture("evidence", "/evidence/", (1280, 720)),
    Picture("safe-to-revoke", first_of("q=ERP+sync&state=replaced"), (1280, 760)),
    Picture("reviews", open_review, (1280, 1000)),
    Picture("two-people", a_request, (1280, 900)),
    Picture("incident", an_incident, (1280, 820)),
)


def free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


@contextmanager
def running_demo() -> Iterator[Demo]:
    """Start a demo of its own, hand out how to sign in, end it and remove its folder."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        # Of this process too: `demo_story` has to find the same instance.
        os.environ.update({"DATA_DIR": folder, "PORT": str(port), "HOST": "127.0.0.1"})
        log = Path(folder) / "demo.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            email, password = sign_in_of(log, process)
            yield Demo(f"http://127.0.0.1:{port}", email, password)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def sign_in_of(log: Path, process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """How to sign in, once the demo has said so. Raises RuntimeError where it does not start."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if found := _SIGN_IN.search(log.read_text()):
            return found[1], found[2]
        time.sleep(0.5)
    raise RuntimeError(f"the demo did not start:\n{log.read_text()}")


def signed_in(browser: Browser, demo: Demo, picture: Picture) -> Page:
    """A page of the picture's size and colours, signed in."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=picture.scheme, locale="en-GB"
    )
    page = context.new_page()
    page.goto(f"{demo.address}/accounts/login/")
    page.fill("input[name=username]", demo.email)
    page.fill("input[name=password]", demo.password)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{demo.address}/")
    return page


def take(browser: Browser, demo: Demo, picture: Picture) -> None:
    """Write one picture. Raises ValueError where it is too large to be read in a browser."""
    page = signed_in(browser, demo, picture)
    path = picture.path if isinstance(picture.path, str) else picture.path(page, demo.address)
    if path:
        page.goto(demo.address + path)
    file = PICTURES / f"{picture.name}.png"
    file.write_bytes(shrink(page.screenshot(animations="disabled")))
    page.context.close()
    size = file.stat().st_size
    sys.stdout.write(f"{file.relative_to(ROOT)}  {size / 1000:.0f} kB\n")
    if size > LARGEST:
        raise ValueError(f"{file.name} is larger than {LARGEST / 1000:.0f} kB")


def main() -> int:
    PICTURES.mkdir(exist_ok=True)
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER)
        for picture in SHOTS:
            take(browser, demo, picture)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
