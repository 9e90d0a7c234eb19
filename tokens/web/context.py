"""What the shell shows on every page: the way around, its counts, and the banners."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tokens.models import Account
from tokens.policy.roles import Reach
from tokens.selectors.choices import note_numbers, numbers
from tokens.selectors.todo_queries import tasks_and_numbers
from tokens.web.access import Access, Verdict, access_of, can, judge, reach_of
from tokens.web.asked_once import rules_of, standing_of
from tokens.web.todo_count import remembered_for


@dataclass(frozen=True, slots=True)
class NavItem:
    """`current` is the value of aria-current: "page", "true" for a page beneath, or empty."""

    label: str
    href: str
    current: str = ""
    count: int | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """Something that everybody has to know before they read the page."""

    tone: str
    title: str
    text: str
    href: str = ""
    action: str = ""


#: Where a view that has counted tokens, companies and integrations leaves them, by these names.
COUNTED = "counted"
#: A place is shown to whoever its page lets in.
PLACES = (
    ("To do", "/", "tasks"),
    ("Tokens", "/tokens/", "tokens"),
    ("Companies", "/companies/", "companies"),
    ("Integrations", "/integrations/", "integrations"),
    ("People", "/people/", ""),
    ("Audit", "/audit/", ""),
    ("Policies", "/policies/", ""),
    ("Evidence", "/evidence/", ""),
    ("Notifications", "/notifications/", ""),
    ("Which token is this?", "/identify/", ""),
    ("Team", "/team/", ""),
)


#: Pages whose address does not begin with that of the place where they are found.
BENEATH = {
    "/approvals/": "/policies/",
    "/exceptions/": "/policies/",
    "/incidents/": "/",
    "/keys/": "/team/",
    "/onboarding/": "/tokens/",
    "/outbox/": "/notifications/",
    "/usage/": "/tokens/",
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Nothing is asked of the database unless the shell is really rendered."""
    user = getattr(request, "user", None)
    account = user if isinstance(user, Account) and user.is_active else None
    if account is None:
        return {"account": None, "navigation": (), "banners": (), "can": {}, "whole": False}
    return {
        "account": account,
        "can": SimpleLazyObject(lambda: can(account)),
        "whole": SimpleLazyObject(lambda: reach_of(account).whole),
        "navigation": SimpleLazyObject(lambda: _items(request, account)),
        "banners": SimpleLazyObject(_banners),
    }


def _items(request: HttpRequest, account: Account) -> tuple[NavItem, ...]:
    reach = reach_of(account)
    # In this order: whoever counts tasks anew counts the rest with them.
    tasks = remembered_for(reach).current(lambda: _tasks(request, reach))
    counts = getattr(request, COUNTED, None) or _numbers(request, reach)
    counts["tasks"] = tasks
    return tuple(
        NavItem(label, href, _current(request.path, href), counts.get(key), href == "/identify/")
        for label, href, key in PLACES
        if _opens(account, href)
    )


def _numbers(request: HttpRequest, reach: Reach) -> dict[str, int]:
    return dict(numbers(standing_of(request, timezone.now()), reach))


def _opens(account: Account, href: str) -> bool:
    access = _access_to(href)
    if access.permission is None:
        return True
    found = judge(account, access.permission, within=access.within, kwargs={})
    return found is Verdict.OPEN


@cache
def _access_to(href: str) -> Access:
    return access_of(resolve(href).func) or Access()


def _tasks(request: HttpRequest, reach: Reach) -> int:
    now = timezone.now()
    stand = standing_of(request, now)
    tasks, counted = tasks_and_numbers(rules_of(request), now, reach)
    note_numbers(stand, reach, counted)
    return tasks


def _current(path: str, href: str) -> str:
    if path == href:
        return "page"
    if href != "/" and path.startswith(href):
        return "true"
    return "true" if any(path.startswith(p) and at == href for p, at in BENEATH.items()) else ""


def _banners() -> tuple[Banner, ...]:
    return tuple(banner for find in BANNERS if (banner := find()) is not None)


def allowed_host() -> Banner | None:
    """Tokens may leave for a host that is not Coolset's: nobody should have to look for that."""
    host = settings.COOLSET_ALLOW_HOST
    if not host:
        return None
    return Banner("red", f"Tokens may be sent to {host}.", "COOLSET_ALLOW_HOST allows it.")


def demo() -> Banner | None:
    """Nobody should take sample data for their own, or a stand-in for Coolset."""
    if not getattr(settings, "DEMO", False):
        return None
    return Banner("blue", "Demo.", "Sample data, and a stand-in on this machine plays Coolset.")


#: Each finds one banner or none, cheaply.
BANNERS: list[Callable[[], Banner | None]] = [allowed_host, demo]
__all__ = ["BANNERS", "Banner", "NavItem", "navigation"]
