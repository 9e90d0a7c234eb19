"""Which view asks for what. A view that says nothing is open to nobody.

    @needs(Permission.VIEW, post=Permission.CHECK, within=True)
    def token_page(request): ...

The words hang on the view and are read by `tokens.web.middleware.AccessMiddleware` at each request,
so a role that changed, or an account that was disabled, counts from the next request on.

Whoever has roles in some companies alone gets into views that say `within`: these show and touch
what `reach_of` the caller includes, and nothing else. All other views are the organisation's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from tokens.models import Account
from tokens.policy.roles import Permission, Reach, Rights
from tokens.selectors.within import companies_of
from tokens.sign_on.kept import asked_by_provider

View = TypeVar("View")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ELSEWHERE = (
    "The same value is stored in another company, where you may not do this. Ask an administrator."
)
ORGANISATION = (
    "This page is about the whole organisation, and your roles are in single companies."
    " Ask an administrator."
)


@dataclass(frozen=True, slots=True)
class Access:
    """The classification of one view.

    `permission` None: open to everybody. `writing`: asked instead for methods that change
    something. `before_setup`: answers although nobody has set the product up. `delegated`: the
    view's own framework signs in and checks (the API). `within`: keeps to the caller's reach.
    """

    permission: Permission | None = None
    writing: Permission | None = None
    before_setup: bool = False
    delegated: bool = False
    within: bool = False

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


def needs(
    permission: Permission, *, post: Permission | None = None, within: bool = False
) -> Callable[[View], View]:
    """Asks for `permission`, and for `post` instead where the method changes something.

    `within`: the view keeps to `reach_of` its caller, so roles in single companies let in.
    """

    def decorate(view: View) -> View:
        return _classify(view, Access(permission, post, within=within))

    return decorate


def access_of(view: Any) -> Access | None:
    """The classification of a resolved view (function, class-based or DRF), or None."""
    for place in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        found = getattr(place, "access", None)
        if isinstance(found, Access):
            return found
    return None


class Verdict(StrEnum):
    """What a caller is answered before the view is asked."""

    OPEN = "open"
    DENIED = "denied"
    ORGANISATION = "organisation"
    NOT_THERE = "not there"


def judge(
    caller: Any, permission: Permission, *, within: bool, kwargs: Mapping[str, Any]
) -> Verdict:
    """Whether this caller may, with what the address names (`kwargs`).

    What belongs to companies out of sight is not there; what is in sight may still be denied.
    """
    rights = rights_of(caller)
    if permission in rights.everywhere:
        return Verdict.OPEN
    if not rights.allows(permission):
        return Verdict.DENIED
    if not within:
        return Verdict.ORGANISATION
    sight, reach = rights.reach(Permission.VIEW), rights.reach(permission)
    for companies in companies_of(kwargs):
        if not any(sight.includes(company) for company in companies):
            return Verdict.NOT_THERE
        if not any(reach.includes(company) for company in companies):
            return Verdict.DENIED
    return Verdict.OPEN


def rights_of(caller: Any) -> Rights:
    """What this caller may: an active account by its roles, a script by its key, else nothing."""
    if isinstance(caller, Account) and not caller.is_active:
        return Rights()
    found = getattr(caller, "rights", None)
    return found if isinstance(found, Rights) else Rights()


def reach_of(caller: Any, permission: Permission = Permission.VIEW) -> Reach:
    """Where this caller may do that. Views that say `within` ask the database for this alone."""
    return rights_of(caller).reach(permission)


def may(caller: Any, permission: Permission, company: UUID | None = None) -> bool:
    """Whether this caller may, in this company or, where none is named, anywhere at all."""
    rights = rights_of(caller)
    return (
        rights.allows(permission) if company is None else permission in rights.in_company(company)
    )


def can(caller: Any, company: UUID | None = None) -> dict[str, bool]:
    """The same for every permission, by its word, as templates ask for it."""
    return {permission.value: may(caller, permission, company) for permission in Permission}


def lacks_second_factor(account: Any, session: Any) -> bool:
    """Whether this account signs in with less than is asked of everybody (MFA_REQUIRED).

    A second factor that the identity provider asked for counts for the session that it opened.
    """
    return bool(
        settings.MFA_REQUIRED
        and isinstance(account, Account)
        and not account.has_second_factor
        and not asked_by_provider(session)
    )


def _classify(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]  # views are functions or classes
    return view
