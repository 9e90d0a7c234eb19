"""A passkey is set up, renamed, taken away. Signing in with one: second_factor.assertion."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticatorData,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, NotFound, WrongState
from tokens.models import Account, Passkey
from tokens.models.passkeys import CREDENTIAL_ID_LENGTH, NAME_LENGTH
from tokens.policy.fields import clean_text
from tokens.policy.passkeys import MOST
from tokens.services.entries import cleaned
from tokens.services.second_factor import ceremony
from tokens.services.second_factor.factors import put_in_force, settle
from tokens.services.second_factor.questions import Question, is_asked, kept_of

ADD = "add"
TOO_LATE = "This took too long. Try again."


def ask_for_new_passkey(*, account: Account, now: datetime) -> Question:
    """The question for a new passkey; devices that hold one of this account decline by it.

    Raises WrongState where this instance's address allows none, or there are enough.
    """
    if not ceremony.is_possible():
        raise WrongState("Passkeys need https and a name instead of an IP address.")
    held = [AttestedCredentialData(bytes(one.credential)) for one in passkeys_of(account)]
    if len(held) >= MOST:
        raise WrongState(f"There are {MOST} passkeys already. Remove one first.")
    options, state = ceremony.server().register_begin(
        PublicKeyCredentialUserEntity(
            name=account.email, id=account.pk.bytes, display_name=account.email
        ),
        held,
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return Question(dict(options.public_key), kept_of(state, ADD, account, now))


def add_passkey(
    *,
    account: Account,
    kept: dict[str, Any] | None,
    answer: str,
    name: str,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Store the new passkey; returns recovery codes where it is the account's first factor.

    Raises InvalidInput naming `name` or `credential`; WrongState where the question was not asked,
    is too old, or the passkey is known already.
    """
    name = _named(name)
    if not is_asked(kept, ADD, account, now) or kept is None:
        raise WrongState(TOO_LATE)
    given = _new(kept["state"], answer)
    key = given.credential_data
    if key is None or len(key.credential_id) > CREDENTIAL_ID_LENGTH:
        raise InvalidInput("holds no key", field="credential")
    with audited(actor=actor, now=now) as trail:
        passkey, is_new = Passkey.objects.get_or_create(
            credential_id=key.credential_id,
            defaults={
                "account": account,
                "name": name,
                "credential": bytes(key),
                "sign_count": given.counter,
                "created_at": now,
            },
        )
        if not is_new:
            raise WrongState("This passkey is set up already.")
        trail.add(Event.PASSKEY_ADDED, account, name=passkey.name)
        return put_in_force(account)


def rename_passkey(
    *, account: Account, passkey_id: UUID, name: str, actor: Actor, now: datetime
) -> None:
    """Raises InvalidInput naming `name`, and NotFound where it is not this account's."""
    name = _named(name)
    with audited(actor=actor, now=now) as trail:
        found = _mine(account, passkey_id)
        if found.name != name:
            trail.add(Event.PASSKEY_RENAMED, account, old=found.name, new=name)
            found.name = name
            found.save(update_fields=["name"])


def remove_passkey(*, account: Account, passkey_id: UUID, actor: Actor, now: datetime) -> bool:
    """Whether the account has a second factor after this. Raises NotFound as above."""
    with audited(actor=actor, now=now) as trail:
        locked = Account.objects.select_for_update().get(pk=account.pk)
        found = _mine(locked, passkey_id)
        trail.add(Event.PASSKEY_REMOVED, locked, name=found.name)
        found.delete()
        settle(locked, trail)
    return locked.has_second_factor


def passkeys_of(account: Account) -> list[Passkey]:
    """The oldest first."""
    return list(Passkey.objects.filter(account=account).order_by("created_at", "pk"))


def _new(state: dict[str, Any], answer: str) -> AuthenticatorData:
    response = ceremony.registration(answer)
    try:
        given = ceremony.server().register_complete(state, response)
    except (ValueError, AssertionError):
        raise InvalidInput("does not answer what was asked", field="credential") from None
    if given.credential_data is None or not ceremony.is_usable(given.credential_data.public_key):
        raise InvalidInput("is of a kind that this site cannot check", field="credential")
    return given


def _named(name: str) -> str:
    return cleaned(lambda: clean_text(name, "name", NAME_LENGTH, required=True))


def _mine(account: Account, passkey_id: UUID) -> Passkey:
    found = Passkey.objects.select_for_update().filter(account=account, pk=passkey_id).first()
    if found is None:
        raise NotFound("There is no such passkey.")
    return found
