"""Accounts: who can sign in here, with which role. The last active administrator always stays."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import AlreadyKnown, InvalidInput, NotFound, WrongState
from tokens.models import Account
from tokens.policy.vocabulary import Role
from tokens.services.handing_over import NEW_LINK_FIRST, hand_over, is_its_owners

LAST_ONE = "This is the last active administrator. Make somebody else an administrator first."
EMAIL_SHOWN = 254


def add_account(
    *, email: str, role: Role, invited_in: uuid.UUID | None = None, actor: Actor, now: datetime
) -> Account:
    """Add an account that cannot sign in until it has set a password by its link.

    `invited_in`: the company whose admin is shown that link, where no administrator is.
    Raises InvalidInput for what is no e-mail, AlreadyKnown for one that has an account.
    """
    email = Account.objects.normalize(email)
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput("This is not an e-mail address.", field="email") from None
    with audited(actor=actor, now=now) as trail:
        if Account.objects.filter(email=email).exists():
            raise AlreadyKnown("This e-mail has an account already.", field="email")
        added = Account.objects.create_account(email=email, role=role)
        if invited_in is not None:
            added.invited_in = invited_in
            added.save(update_fields=["invited_in"])
        trail.add(Event.ACCOUNT_CREATED, added, email=email, role=role.value)
    return added


def change_role(*, account_id: uuid.UUID, role: Role, actor: Actor, now: datetime) -> Account:
    """Give an account another role; the same role again changes nothing.

    Raises NotFound, and WrongState where no active administrator would be left, or where somebody
    else may know its password (services.handing_over).
    """
    with audited(actor=actor, now=now) as trail:
        changed = _locked(account_id)
        old = changed.role
        if old != role.value:
            if role is not Role.MEMBER and not is_its_owners(changed):
                raise WrongState(NEW_LINK_FIRST)
            if role is not Role.ADMINISTRATOR:
                _keep_one(changed)
            changed.role = role.value
            changed.save(update_fields=["role"])
            trail.add(Event.ACCOUNT_ROLE_CHANGED, changed, old=old, new=role.value)
    return changed


def set_active(*, account_id: uuid.UUID, active: bool, actor: Actor, now: datetime) -> Account:
    """Disable or enable an account. A disabled one loses access at its next request.

    Raises NotFound, and WrongState where no active administrator would be left.
    """
    with audited(actor=actor, now=now) as trail:
        changed = _locked(account_id)
        if changed.is_active != active:
            if not active:
                _keep_one(changed)
            changed.is_active = active
            changed.save(update_fields=["is_active"])
            event = Event.ACCOUNT_ENABLED if active else Event.ACCOUNT_DISABLED
            trail.add(event, changed, role=changed.role)
    return changed


def reset_password(*, account_id: uuid.UUID, actor: Actor, now: datetime) -> Account:
    """End an account's password, sessions and earlier links, so that a new link can be made.

    Raises NotFound, and WrongState for a disabled account or the actor's own.
    """
    with audited(actor=actor, now=now) as trail:
        changed = _locked(account_id)
        if not changed.is_active:
            raise WrongState("This account is disabled. Enable it first.")
        if actor.id == str(changed.pk):
            raise WrongState("Change your own password on the page Password.")
        if is_its_owners(changed):
            changed.set_unusable_password()
            changed.save(update_fields=["password"])
            trail.add(Event.ACCOUNT_PASSWORD_CHANGED, changed)
        else:
            hand_over(account=changed, actor=actor, now=now)
    return changed


def set_password(*, account: Account, password: str, actor: Actor, now: datetime) -> None:
    """Store a password that has passed the validators; other sessions of the account end."""
    with audited(actor=actor, now=now) as trail:
        account.set_password(password)
        account.save(update_fields=["password"])
        trail.add(Event.ACCOUNT_PASSWORD_CHANGED, account)


def record_sign_in(
    *, account: Account, address: str, actor: Actor, now: datetime, method: str = "password"
) -> None:
    """Audit a sign-in, and by what."""
    with audited(actor=actor, now=now) as trail:
        trail.add(Event.ACCOUNT_SIGNED_IN, account, address=address, method=method)


def record_failed_sign_in(*, email: str, address: str, locked: bool, now: datetime) -> None:
    """Audit a refused sign-in. `email` is what was typed, known or not, capped."""
    typed = email[:EMAIL_SHOWN]
    with audited(actor=Actor("system", "sign-in"), now=now) as trail:
        about = Subject("account", "", typed)
        trail.add(Event.ACCOUNT_SIGN_IN_FAILED, about, email=typed, address=address, locked=locked)


def record_confirmation(*, address: str, actor: Actor, now: datetime) -> None:
    """Audit that somebody signed in gave the password again, before dangerous work."""
    with audited(actor=actor, now=now) as trail:
        about = Subject("account", actor.id, actor.name)
        trail.add(Event.ACCOUNT_CONFIRMED, about, address=address)


def record_sign_out(*, account: Account, address: str, actor: Actor, now: datetime) -> None:
    """Audit a sign-out."""
    with audited(actor=actor, now=now) as trail:
        trail.add(Event.ACCOUNT_SIGNED_OUT, account, address=address)


def named_account(email: str) -> Account:
    """The account with this address. Raises InvalidInput with `email` where there is none."""
    found = Account.objects.filter(email=Account.objects.normalize(email)).first()
    if found is None:
        raise InvalidInput("is no account's address", field="email")
    return found


def _locked(account_id: uuid.UUID) -> Account:
    """The account, with all administrators locked, always in the same order, against races."""
    list(Account.objects.administrators().select_for_update().order_by("pk").values_list("pk"))
    found = Account.objects.select_for_update().filter(pk=account_id).first()
    if found is None:
        raise NotFound("There is no such account.")
    return found


def _keep_one(leaving: Account) -> None:
    if not leaving.is_active or not leaving.is_administrator:
        return
    if not Account.objects.administrators().exclude(pk=leaving.pk).exists():
        raise WrongState(LAST_ONE)


__all__ = [
    "add_account",
    "change_role",
    "named_account",
    "record_confirmation",
    "record_failed_sign_in",
    "record_sign_in",
    "record_sign_out",
    "reset_password",
    "set_active",
    "set_password",
]
