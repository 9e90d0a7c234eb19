"""A passkey from end to end, with a real browser and its virtual authenticator.

On localhost, since browsers keep no passkeys for an IP address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, ViewportSize, expect

from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance, describe, up
from tests.journeys.people import ADMINISTRATOR, Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
#: A laptop that knows its owner, and is touched at once.
LAPTOP = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Named(Instance):
    """An instance that is reached by its name."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture
def coolset() -> Iterator[StandIn]:
    with StandIn() as found:
        yield found


@pytest.fixture
def instance(tmp_path: Path, coolset: StandIn) -> Iterator[Instance]:
    found = describe(tmp_path / "var", COOLSET_API_URL=coolset.url)
    named = Named(found.folder, found.port, found.environment)
    named.environment["PUBLIC_URL"] = named.url
    with up(named) as running:
        yield running


def test_a_passkey_opens_after_the_password(
    instance: Instance, coolset: StandIn, new_context: NewContext, tmp_path: Path
) -> None:
    watch = watched(new_context, tmp_path / "seen.har", base_url=instance.url)
    stage = Stage(instance, coolset, Cast(b"", {}, []), watch.context.new_page(), watch)
    people.sign_up(stage)
    watch.failures.clear()  # the wrong set-up code
    laptop = _laptop(stage)
    codes = _add(stage)
    _opens(stage)
    _a_copy_is_refused(stage, *laptop)
    watch.expect()
    _without_scripts_a_code_opens(stage, new_context, codes[0])
    instance.stop()


def _laptop(stage: Stage) -> tuple[CDPSession, str]:
    cdp = stage.page.context.new_cdp_session(stage.page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": LAPTOP})
    return cdp, made["authenticatorId"]


def _add(stage: Stage) -> list[str]:
    """Recovery codes come with the first one; the same device is not added twice."""
    stage.go("/accounts/security/")
    stage.page.get_by_label("Name").fill("Laptop")
    stage.press("Add a passkey")
    stage.sees("Your recovery codes, shown only now")
    codes = re.findall(r"[a-z2-9]{5}-[a-z2-9]{5}", stage.page.locator("pre").inner_text())
    assert len(codes) == 10
    assert barriers(stage.page) == []
    stage.go("/accounts/security/")
    stage.sees("not used yet")
    stage.page.get_by_label("Name", exact=True).fill("Laptop again")
    stage.press("Add a passkey")
    expect(stage.page.locator("[data-said]")).to_contain_text("holds a passkey of this account")
    return codes


def _opens(stage: Stage) -> None:
    _at_the_code(stage)
    assert barriers(stage.page) == []
    stage.page.set_viewport_size(PHONE)
    assert not sideways(stage.page)
    stage.press("Use a passkey")
    stage.arrives("/")
    stage.go("/accounts/security/")
    stage.sees(re.compile(r"Laptop set up .*, last used"))
    stage.page.get_by_text("Rename or remove").click()
    assert not sideways(stage.page)
    assert barriers(stage.page) == []
    stage.page.set_viewport_size({"width": 1280, "height": 900})


def _a_copy_is_refused(stage: Stage, cdp: CDPSession, authenticator: str) -> None:
    """The same key with a counter of before; then none at all."""
    on = {"authenticatorId": authenticator}
    held: dict[str, Any] = cdp.send("WebAuthn.getCredentials", on)["credentials"][0]
    assert held["signCount"] > 1
    cdp.send("WebAuthn.clearCredentials", on)
    cdp.send("WebAuthn.addCredential", {**on, "credential": {**held, "signCount": 0}})
    _at_the_code(stage)
    stage.press("Use a passkey")
    stage.sees("This passkey does not open.")
    cdp.send("WebAuthn.clearCredentials", on)
    stage.press("Use a passkey")
    expect(stage.page.locator("[data-said]")).to_contain_text("No passkey came")
    stage.go("/")
    stage.arrives("/accounts/login/?next=/")


def _at_the_code(stage: Stage) -> None:
    if stage.page.get_by_role("button", name="Sign out").count():
        people.sign_out(stage)
    stage.page.get_by_label("E-mail").fill(ADMINISTRATOR)
    stage.page.get_by_label("Password").fill(stage.password)
    stage.press("Sign in")
    stage.arrives("/accounts/code/")


def _without_scripts_a_code_opens(stage: Stage, new_context: NewContext, code: str) -> None:
    context = new_context(java_script_enabled=False, base_url=stage.instance.url)
    stage.page = context.new_page()
    stage.go("/accounts/login/")
    _at_the_code(stage)
    stage.sees("A passkey needs JavaScript")
    expect(stage.page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    stage.page.get_by_label("Code").fill(code)
    stage.press("Sign in")
    stage.arrives("/")
    stage.go("/accounts/security/")
    stage.sees("Adding a passkey needs JavaScript")
    expect(stage.page.get_by_role("button", name="Add a passkey")).to_be_hidden()
    context.close()
