"""Which view asks for what. A view that says nothing is open to nobody.

    @needs(Permission.VIEW, post=Permission.CHECK)
    def token_page(request): ...

The words hang on the view and are read by `tokens.web.middleware.AccessMiddleware` at each request,
so a role that changed, or an account that was disabled, counts from the next request on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings

from tokens.models import Account
from tokens.policy.roles import Permission, allows

View = TypeVar("View")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Access:
    """The classification of one view.

    `permission` None: open to everybody. `writing`: asked instead for methods that change
    something. `before_setup`: answers although nobody has set the product up. `delegated`: the
    view's own framework signs in and checks (the API).
    """

    permission: Permission | None = None
    writing: Permission | None = None
    before_setup: bool = False
    delegated: bool = False

    def asked_by(self, method: str | None) -> Permission | None:
        """The permission that a request with this method needs."""
        safe = (method or "") in SAFE_METHODS
        return self.permission if safe or self.writing is None else self.writing


def public(view: View) -> View:
    """Open to everybody once the product is set up: sign-in, password links."""
    return _classify(view, Access())


def open_before_setup(view: View) -> View:
    """Open to everybody at any time: the set-up page, and what machines ask about the process."""
    return _classify(view, Access(before_setup=True))


def delegated(view: View) -> View:
    """Signed in and checked by the view itself (API keys): nothing is asked here."""
    return _classify(view, Access(before_setup=True, delegated=True))


def needs(permission: Permission, *, post: Permission | None = None) -> Callable[[View], View]:
    """Asks for `permission`, and for `post` instead where the method changes something."""

    def decorate(view: View) -> View:
        return _classify(view, Access(permission, post))

    return decorate


def access_of(view: Any) -> Access | None:
    """The classification of a resolved view (function, class-based or DRF), or None."""
    for place in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        found = getattr(place, "access", None)
        if isinstance(found, Access):
            return found
    return None


def may(account: Any, permission: Permission) -> bool:
    """Whether this account may: active, signed in, and its role allows it."""
    return isinstance(account, Account) and account.is_active and allows(account.role, permission)


def lacks_second_factor(account: Any) -> bool:
    """Whether this account signs in with less than is asked of everybody (MFA_REQUIRED)."""
    return bool(
        settings.MFA_REQUIRED and isinstance(account, Account) and not account.has_second_factor
    )


def _classify(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]  # views are functions or classes
    return view
