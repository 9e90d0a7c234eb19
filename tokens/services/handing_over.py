"""Accounts that an admin of a company invited: whoever was shown the link may know the password.

So such an account gets nothing that this admin may not have, before it is its owner's alone: by a
new link of an administrator, or by single sign-on.
"""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.models import Account, CalendarLink
from tokens.services.calendars import revoke_calendar
from tokens.services.second_factor import remove_second_factor

NEW_LINK_FIRST = (
    "An admin of a company was shown the link of this account. Make a new link for it first."
)


def is_its_owners(account: Account) -> bool:
    """Whether nobody but administrators was shown the link by which its password is set."""
    return account.invited_in is None


def hand_over(*, account: Account, actor: Actor, now: datetime) -> None:
    """End what whoever invited it may have kept: password, sessions, second factor, calendar links.

    Nothing where it is its owner's.
    """
    if is_its_owners(account):
        return
    with audited(actor=actor, now=now) as trail:
        if account.has_second_factor:
            remove_second_factor(account_id=account.pk, actor=actor, now=now)
            account.has_second_factor = False
        for link in CalendarLink.objects.filter(account=account, revoked_at__isnull=True):
            revoke_calendar(link=link, actor=actor, now=now)
        account.set_unusable_password()
        account.invited_in = None
        account.save(update_fields=["password", "invited_in"])
        trail.add(Event.ACCOUNT_PASSWORD_CHANGED, account)
