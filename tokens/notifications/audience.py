"""Whom to tell, and the facts that the rules ask for that."""

from collections.abc import Collection, Sequence
from uuid import UUID

from tokens.models import Account, Membership, NoticeKind, Token
from tokens.models.excepted import read_excepted
from tokens.notifications.troubles import compromise_of
from tokens.policy.exceptions import Excepted
from tokens.policy.people import gone_from
from tokens.policy.reminders import ReminderFacts
from tokens.policy.roles import ALLOWED_IN_COMPANY, Permission
from tokens.policy.vocabulary import Health, State

#: Alerts, and reminders to revoke, that the token's owner gets too.
TOLD_TO_OWNERS = (
    NoticeKind.COMPROMISED,
    NoticeKind.FAILING,
    NoticeKind.CONTRADICTED,
    NoticeKind.NOT_REVOKED,
)


def administrators() -> tuple[str, ...]:
    """E-mail addresses of active accounts with the role of administrator, in lower case, sorted."""
    found = Account.objects.administrators().values_list("email", flat=True)
    return tuple(sorted(address.lower() for address in found))


def members_who_may(permission: Permission, companies: Collection[UUID]) -> set[tuple[UUID, str]]:
    """(company, e-mail address) of active accounts whose role in it includes that; one query."""
    roles = [role.value for role, may in ALLOWED_IN_COMPANY.items() if permission in may]
    rows = Membership.objects.filter(account__is_active=True, company__in=companies, role__in=roles)
    return {
        (company, email.lower()) for company, email in rows.values_list("company", "account__email")
    }


def silent_of(token: Token) -> Excepted:
    """What silences its reminders; nothing does once somebody else may have the value."""
    excepted = read_excepted(token.excepted_words)
    return () if excepted and compromise_of(token.secret) is not None else excepted


def facts_of(token: Token) -> ReminderFacts:
    """What the rules need to know of a token (with its secret, owner and second contact)."""
    owner, second = token.owner, token.integration.second_contact
    return ReminderFacts(
        state=State(token.state),
        due_at=token.due_at,
        owner=owner.email.lower() if owner else None,
        failing=token.secret.health == Health.FAILING.value,
        owner_gone_from=gone_from(owner.leaving_on, owner.left_on) if owner else None,
        second_contact=second.email.lower() if second else None,
        second_gone_from=gone_from(second.leaving_on, second.left_on) if second else None,
        snoozed_until=token.snoozed_until,
        excepted=silent_of(token),
    )


def audience(kind: NoticeKind, token: Token | None, told_admins: Sequence[str]) -> tuple[str, ...]:
    """Who is told of an alert: administrators, and the owner where it is theirs to act."""
    own: list[str] = []
    if kind in TOLD_TO_OWNERS and token and token.owner:
        own = [token.owner.email.lower()]
    return tuple(dict.fromkeys([*own, *told_admins]))
