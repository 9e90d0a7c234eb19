"""Single sign-on: the account of whom a provider vouches for, with the role that their groups give.

Who may be let in, and as what, is decided anew at each sign-in; see docs/decisions.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError

from tokens.audit import Actor, Event, Subject, Trail, audited
from tokens.audit import account as actor_of
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import Account, Identity
from tokens.policy.sign_on import Grants, Refusal, Said, role_of
from tokens.policy.vocabulary import Role
from tokens.services import accounts
from tokens.services.handing_over import hand_over
from tokens.sign_on.refused import Refused
from tokens.throttle import Throttle

BY_GROUPS = Actor("system", "groups of single sign-on")
#: Who cannot sign in may try without end, and the trail is kept for good.
REFUSALS = Throttle("sign-on-refused", limit=10, seconds=900, open_without_cache=True)


def sign_on(*, said: Said, grants: Grants, trust_email: bool, now: datetime) -> Account:
    """Find, link or make the account, and give it the role of its groups; all of it or nothing.

    trust_email: the host says that the provider's e-mails count without its word that they were
    verified. Raises Refused.
    """
    role = role_of(said.groups, grants)
    if role is None:
        left_out = said.groups_left_out
        raise _refused(Refusal.TOO_MANY_GROUPS if left_out else Refusal.NO_GROUP, said)
    try:
        return _sign_on(said, role, trust_email, now)
    except (IntegrityError, AlreadyKnown):
        # Two first sign-ins of one person came at once: the other one has made the account.
        return _sign_on(said, role, trust_email, now)


def known_account(said: Said) -> Account | None:
    """Whose identity this is, as far as anybody signed in with it before."""
    found = Identity.objects.filter(issuer=said.issuer, subject=said.subject)
    one = found.select_related("account").first()
    return one.account if one else None


def record_refused(*, refused: Refused, address: str, now: datetime) -> None:
    """Audit that single sign-on let nobody in, and why."""
    if not REFUSALS.take(address):
        return
    with audited(actor=Actor("system", "single sign-on"), now=now) as trail:
        about = Subject("account", "", refused.email[: accounts.EMAIL_SHOWN])
        trail.add(
            Event.SIGN_ON_REFUSED,
            about,
            email=about.name,
            address=address,
            refusal=refused.refusal.value,
        )


def record_proved_anew(*, account: Account, address: str, method: str, now: datetime) -> None:
    """Audit that somebody proved anew who they are, without a password, before dangerous work."""
    with audited(actor=actor_of(account), now=now) as trail:
        trail.add(Event.ACCOUNT_PROVED_ANEW, account, address=address, method=method)


def _sign_on(said: Said, role: Role, trust_email: bool, now: datetime) -> Account:
    with audited(actor=BY_GROUPS, now=now) as trail:
        account = known_account(said)
        if account is None:
            account = _first_time(said, role, trust_email, trail, now)
        if not account.is_active:
            raise _refused(Refusal.DISABLED, said)
        Identity.objects.filter(account=account, issuer=said.issuer).update(last_used_at=now)
        try:
            return accounts.change_role(account_id=account.pk, role=role, actor=BY_GROUPS, now=now)
        except WrongState:
            raise _refused(Refusal.LAST_ADMINISTRATOR, said) from None


def _first_time(said: Said, role: Role, trust_email: bool, trail: Trail, now: datetime) -> Account:
    """The account with this e-mail, where the provider vouches for that, or a new one."""
    if not said.email:
        raise _refused(Refusal.NO_EMAIL, said)
    account = Account.objects.filter(email=said.email).first()
    if account is None:
        if said.email_disowned and not trust_email:
            raise _refused(Refusal.EMAIL_DISOWNED, said)
        account = _made(said, role, now)
    elif not (said.email_verified or trust_email):
        raise _refused(Refusal.EMAIL_UNVERIFIED, said)
    elif known := account.identities.filter(issuer=said.issuer).first():
        if known.subject != said.subject:
            # An address that was given to somebody else at the provider opens nothing here.
            raise _refused(Refusal.OTHER_IDENTITY, said)
        return account  # linked by another sign-in of theirs since we looked
    hand_over(account=account, actor=BY_GROUPS, now=now)
    Identity.objects.create(
        account=account, issuer=said.issuer, subject=said.subject, linked_at=now
    )
    trail.add(Event.SIGN_ON_LINKED, account, issuer=said.issuer)
    return account


def _made(said: Said, role: Role, now: datetime) -> Account:
    """A new account, without a password."""
    try:
        return accounts.add_account(email=said.email, role=role, actor=BY_GROUPS, now=now)
    except InvalidInput:
        raise _refused(Refusal.NO_EMAIL, said) from None


def _refused(refusal: Refusal, said: Said) -> Refused:
    return Refused(refusal, email=said.email)
