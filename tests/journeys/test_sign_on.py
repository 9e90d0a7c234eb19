"""Single sign-on with a real browser and a provider over real HTTP: in, confirmed, refused, out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.journeys import people
from tests.journeys.cast import Cast
from tests.journeys.instance import Instance, describe, up
from tests.journeys.people import Stage
from tests.journeys.watching import NewContext, barriers, sideways, watched
from tests.stand_in import StandIn
from tests.stand_in.oidc import ACCESS, CLIENT, SECRET, Provider, provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def idp() -> Iterator[Provider]:
    with provider() as found:
        found.world.person = {
            "sub": "u-1",
            "email": "grace@acme.example",
            "email_verified": True,
            "groups": ["token-administrators"],
        }
        yield found


@pytest.fixture
def instance(tmp_path: Path, idp: Provider) -> Iterator[Instance]:
    settings = {
        "OIDC_ISSUER": idp.url,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_NAME": "Acme",
        "OIDC_ADMINISTRATORS": "token-administrators",
    }
    with up(describe(tmp_path / "var", **settings)) as running:
        yield running


def test_in_confirmed_refused_and_out(
    instance: Instance,
    coolset: StandIn,
    idp: Provider,
    new_context: NewContext,
    tmp_path: Path,
) -> None:
    assert instance.ask("single_sign_on", "check")[0] == 0
    first = watched(new_context, tmp_path / "first.har", base_url=instance.url)
    people.sign_up(Stage(instance, coolset, Cast(b"", {}, []), first.context.new_page(), first))
    watch = watched(
        new_context, tmp_path / "seen.har", base_url=instance.url, reduced_motion="reduce"
    )
    page = watch.context.new_page()
    _comes_in(page, idp)
    _confirms(page, idp)
    _leaves(page)
    idp.world.person["groups"] = []
    _is_refused(page)
    # Console and policy have nothing to say; the browser asks for the provider's icon by itself.
    watch.failures = [each for each in watch.failures if each[1] != "/favicon.ico"]
    watch.expect()
    idp.world.person["groups"] = ["token-administrators"]
    _without_scripts(instance, new_context, idp)
    instance.stop()
    for secret in (*idp.world.tokens, ACCESS, SECRET):
        assert secret not in instance.log


def _comes_in(page: Page, idp: Provider) -> None:
    """By keyboard, to the page that was asked for. The provider remembers an older sign-in."""
    idp.world.signed_in_at = time.time() - 3600
    page.goto("/companies/")
    _looks_well(page)
    page.get_by_role("link", name="Sign in with Acme").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/companies/")


def _confirms(page: Page, idp: Provider) -> None:
    page.goto("/team/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    _looks_well(page)
    page.get_by_role("link", name="Sign in with Acme again").click()
    expect(page.get_by_role("heading", name="Team")).to_be_visible()
    assert idp.world.asked[-1]["prompt"] == "login"
    page.goto("/accounts/password/")
    expect(page.get_by_text("You sign in with Acme")).to_be_visible()
    _looks_well(page)


def _leaves(page: Page) -> None:
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("link", name="Sign in with Acme")).to_be_visible()
    page.goto("/companies/")
    expect(page.get_by_role("link", name="Sign in with Acme")).to_be_visible()


def _is_refused(page: Page) -> None:
    page.get_by_role("link", name="Sign in with Acme").click()
    expect(page.get_by_role("alert")).to_contain_text("None of your groups at Acme")
    assert "code=" not in page.url
    _looks_well(page)


def _without_scripts(instance: Instance, new_context: NewContext, idp: Provider) -> None:
    context = new_context(base_url=instance.url, java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Sign in with Acme").click()
    expect(page).to_have_url("/")
    context.close()


def _looks_well(page: Page) -> None:
    """Wide and narrow, light and dark."""
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert barriers(page) == []
        assert not sideways(page)
    page.set_viewport_size(WIDE)
