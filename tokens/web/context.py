"""What the shell shows on every page: the way around, its counts, and the banners."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tokens.models import Account, Company, Integration, Token
from tokens.policy.roles import ALLOWED, Permission
from tokens.policy.vocabulary import Role, State
from tokens.selectors.todo_queries import task_counts
from tokens.services.policy_in_force import rules_in_force
from tokens.web.todo_count import remembered


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
PLACES = (
    ("To do", "/", "tasks", Permission.VIEW),
    ("Tokens", "/tokens/", "tokens", Permission.VIEW),
    ("Companies", "/companies/", "companies", Permission.VIEW),
    ("Integrations", "/integrations/", "integrations", Permission.VIEW),
    ("People", "/people/", "", Permission.VIEW),
    ("Audit", "/audit/", "", Permission.VIEW),
    ("Policies", "/policies/", "", Permission.VIEW),
    ("Evidence", "/evidence/", "", Permission.VIEW),
    ("Notifications", "/notifications/", "", Permission.VIEW),
    ("Which token is this?", "/identify/", "", Permission.IDENTIFY),
    ("Team", "/team/", "", Permission.PEOPLE),
)


#: Pages whose address does not begin with that of the place where they are found.
BENEATH = {
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
        return {"account": None, "navigation": (), "banners": (), "can": {}}
    allowed = ALLOWED[Role(account.role)]
    return {
        "account": account,
        "can": {permission.value: permission in allowed for permission in Permission},
        "navigation": SimpleLazyObject(lambda: _items(request, account, allowed)),
        "banners": SimpleLazyObject(_banners),
    }


def _items(
    request: HttpRequest, account: Account, allowed: frozenset[Permission]
) -> tuple[NavItem, ...]:
    counts = getattr(request, COUNTED, None) or _counts(account)
    counts["tasks"] = remembered.current(_tasks)
    return tuple(
        NavItem(label, href, _current(request.path, href), counts.get(key), href == "/identify/")
        for label, href, key, permission in PLACES
        if permission in allowed
    )


def _tasks() -> int:
    return sum(task_counts(rules_in_force(), timezone.now()).values())


def _current(path: str, href: str) -> str:
    if path == href:
        return "page"
    if href != "/" and path.startswith(href):
        return "true"
    return "true" if any(path.startswith(p) and at == href for p, at in BENEATH.items()) else ""


def _counts(account: Account) -> dict[str, int]:
    """One query, hung on the account's own row."""
    row = (
        Account.objects.filter(pk=account.pk)
        .annotate(
            tokens=_number(Token.objects.exclude(state=State.REVOKED.value)),
            companies=_number(Company.objects.all()),
            integrations=_number(Integration.objects.all()),
        )
        .values_list("tokens", "companies", "integrations")
        .first()
    )
    keys = ("tokens", "companies", "integrations")
    return dict(zip(keys, (number or 0 for number in row or ()), strict=False))


def _number(rows: QuerySet[Any]) -> Subquery:
    # A sub-select that yields no row counts as NULL, which the caller reads as 0.
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
    return Subquery(counted.values("n"))


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
