"""Every page, in every state of the sample data, as people with different eyes and screens see it.

axe finds nothing against WCAG 2.2 A and AA, wide and narrow, light and dark; no page scrolls
sideways; the console has nothing to say, and the policy refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.instance import Instance, describe, up
from tests.journeys.watching import NewContext, Watch, barriers, sideways, watched
from tokens.policy.vocabulary import Flag

pytestmark = [
    pytest.mark.browser,
    pytest.mark.embedded,
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ALL_LOOKS = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark"))
TWO_LOOKS = (ALL_LOOKS[0], ALL_LOOKS[3])
LIVED_IN = ("/", "/tokens/?state=all", "/companies/", "/integrations/", "/audit/")
OTHERS = (
    "/tokens/?q=nothing+like+it",
    "/tokens/new/",
    "/tokens/import/",
    "/onboarding/",
    "/usage/import/",
    "/identify/",
    "/people/",
    "/policies/",
    "/policies/change/",
    "/approvals/",
    "/exceptions/",
    "/policies/new/",
    "/team/",
    "/incidents/",
    "/outbox/",
    "/notifications/",
    "/notifications/channels/",
    "/notifications/channels/new/",
    "/notifications/webhooks/",
    "/notifications/webhooks/new/",
    "/notifications/calendar/",
    "/notifications/calendar/others/",
    "/evidence/",
    "/evidence/history/",
    "/evidence/history/?days=365&company=Acme+GmbH",
    "/evidence/report/",
    "/evidence/reviews/",
    "/evidence/reviews/new/",
    "/preferences/",
    "/accounts/password/",
    "/accounts/confirm/?next=/team/",
    "/accounts/security/",
    "/keys/",
)
UNFLAGGED = ("state=replaced", "state=revoked", "health=valid")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Instance]:
    with up(describe(tmp_path / "demo"), "demo", "--tokens", "60") as running:
        yield running


def test_every_page(demo: Instance, new_context: NewContext, tmp_path: Path) -> None:
    # Reduced motion: colours that are still fading are no colours of the page.
    har = tmp_path / "seen.har"
    watch = watched(new_context, har, base_url=demo.url, reduced_motion="reduce")
    page = watch.context.new_page()
    found = _sign_in(demo, page, watch)
    for path in LIVED_IN:
        found += _look(page, path, ALL_LOOKS)
    for path in (*OTHERS, *_one_of_each(page)):
        found += _look(page, path, TWO_LOOKS)
    assert not found, "\n".join(found)
    watch.expect()
    _machine_pages(page, watch)
    demo.stop()
    _eyes_are_open(page, watch)


def _sign_in(demo: Instance, page: Page, watch: Watch) -> list[str]:
    """With what the terminal says; a wrong password first, since errors are pages too."""
    said = re.search(r"Sign in: (\S+), password: (\S+)", demo.printed)
    assert said, "the demo does not say how to sign in"
    found = _look(page, "/accounts/login/", ALL_LOOKS)
    for password in ("wrong", said[2]):
        page.get_by_label("E-mail").fill(said[1])
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        found += barriers(page)
    assert page.url == f"{demo.url}/"
    page.goto("/tokens/00000000-0000-7000-8000-000000000000/")
    found += barriers(page)
    watch.expect((404, "/tokens/00000000-0000-7000-8000-000000000000/"))
    return found


def _look(page: Page, path: str, looks: tuple[tuple[dict[str, int], str], ...]) -> list[str]:
    """What is wrong with one page, in each of these looks."""
    page.set_viewport_size(looks[0][0])  # type: ignore[arg-type]  # a TypedDict of Playwright's
    answer = page.goto(path)
    assert answer is not None
    found = [] if answer.ok else [f"{path}: {answer.status}"]
    for size, scheme in looks:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a TypedDict of Playwright's
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
        found += [f"{size['width']} {scheme}: {barrier}" for barrier in barriers(page)]
        if sideways(page):
            found.append(f"{size['width']} {scheme}: {path} scrolls sideways")
    return found


def _one_of_each(page: Page) -> list[str]:
    """A token page for every flag and state, with its guides, and a company, an integration and a
    person with their forms."""
    queries = [*(f"flag={flag.value}&state=all" for flag in Flag), *UNFLAGGED]
    tokens: dict[str, None] = {}
    for query in queries:
        page.goto(f"/tokens/?{query}")
        if link := _first(page, "/tokens/"):
            tokens[link] = None
    assert len(tokens) >= 10
    paths = list(tokens)
    page.goto("/tokens/?health=valid&state=active")
    path = _first(page, "/tokens/")
    paths += [
        f"{path}{form}"
        for form in ("rotate/", "revoke/", "edit/", "compromised/", "snooze/", "policy/")
    ]
    paths += _leaving_one(page)
    page.goto("/tokens/?flag=compromised")
    paths.append(f"{_first(page, '/tokens/')}compromised/")
    directories: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("/companies/", ("edit/", "reconcile/")),
        ("/integrations/", ("edit/", "consumers/")),
        ("/people/", ("preferences/",)),
    )
    for kind, forms in directories:
        page.goto(kind)
        path = _first(page, kind)
        paths += [path, *(f"{path}{form}" for form in forms)]
    page.goto("/notifications/webhooks/")
    if hook := _first(page, "/notifications/channels/"):
        paths += [hook, f"{hook}edit/"]
    page.goto("/evidence/reviews/")
    reviews = page.locator("main table a[href^='/evidence/reviews/']")
    paths += [str(each.get_attribute("href")) for each in reviews.all()]
    page.goto("/policies/")
    change = _first(page, "/policies/")
    paths += [change, change.replace("/change/", "/remove/")]
    paths += _exceptions(page)
    page.goto("/outbox/")
    if mail := _first(page, "/outbox/"):
        paths.append(mail)
    return paths


def _exceptions(page: Page) -> list[str]:
    """Every exception (one waits, others are in force or over), and the form that asks for one."""
    page.goto("/exceptions/")
    links = page.locator("main table a[href^='/exceptions/']").all()
    paths = [str(link.get_attribute("href")) for link in links]
    page.goto("/tokens/?flag=exception_ended")
    return [*paths, f"{_first(page, '/tokens/')}exceptions/new/"]


def _leaving_one(page: Page) -> list[str]:
    """A replaced token, its revocation, and a consumer of its checklist."""
    page.goto("/tokens/?q=ERP+sync&state=replaced")
    path = _first(page, "/tokens/")
    page.goto(path)
    page.get_by_role("link", name="What uses ERP sync").click()
    change = page.get_by_role("link", name="Change").first.get_attribute("href")
    return [path, f"{path}revoke/", str(change)]


def _first(page: Page, prefix: str) -> str:
    """The address of the first thing that a list links to, or ""."""
    link = page.locator(f'main table a[href^="{prefix}"]')
    return str(link.first.get_attribute("href")) if link.count() else ""


def _machine_pages(page: Page, watch: Watch) -> None:
    """The API's documentation runs under the same policy. Its markup is Swagger's, not ours."""
    page.goto("/api/docs/")
    page.get_by_text("/api/v1/tokens/{token_id}/usage/").first.wait_for()
    watch.expect()


def _eyes_are_open(page: Page, watch: Watch) -> None:
    """What must not be found above would have been."""
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src='data:,'></main>")
    assert [line.split()[1] for line in barriers(page)] == ["image-alt:"]
    page.evaluate("document.body.style.width = '5000px'; console.error('said so')")
    assert sideways(page)
    assert len(watch.complaints) == 1
