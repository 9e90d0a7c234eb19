"""A passkey after the password: which answer counts, and counts once."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from django.db.models import Q
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    UserVerificationRequirement,
)

from tokens.audit import Event, audited
from tokens.audit import account as actor_of
from tokens.errors import InvalidInput
from tokens.models import Account, Passkey
from tokens.policy.passkeys import counts_on
from tokens.services.second_factor import ceremony
from tokens.services.second_factor.check import Method
from tokens.services.second_factor.passkeys import passkeys_of
from tokens.services.second_factor.questions import Question, is_asked, kept_of

SIGN_IN = "sign-in"


def ask_for_passkey(*, account: Account, now: datetime) -> Question | None:
    """The question for one of this account's passkeys; None where it has none."""
    held = [AttestedCredentialData(bytes(one.credential)) for one in passkeys_of(account)]
    if not held or not ceremony.is_possible():
        return None
    options, state = ceremony.server().authenticate_begin(
        held, user_verification=UserVerificationRequirement.PREFERRED
    )
    return Question(dict(options.public_key), kept_of(state, SIGN_IN, account, now))


def check_passkey(
    *, of: Account, kept: dict[str, Any] | None, answer: str, now: datetime
) -> Method | None:
    """Whether this answers the question that the session kept, of this account, in time.

    Of answers that come all at once one wins, and an answer counts once even where a session was
    copied: a passkey takes no answer to a question from before its last use. A counter that did
    not grow is refused and audited. The caller limits how often somebody may try.
    """
    if kept is None or not is_asked(kept, SIGN_IN, of, now):
        return None
    try:
        response = ceremony.assertion(answer)
    except InvalidInput:
        return None
    found = Passkey.objects.filter(account=of, credential_id=response.raw_id).first()
    if found is None or not _is_signed(found, kept["state"], response):
        return None
    return _counted(found, of, response, datetime.fromisoformat(kept["at"]), now)


def _is_signed(found: Passkey, state: dict[str, Any], response: AuthenticationResponse) -> bool:
    handle = response.response.user_handle
    if handle and not hmac.compare_digest(handle, found.account_id.bytes):
        return False
    credential = AttestedCredentialData(bytes(found.credential))
    try:
        ceremony.server().authenticate_complete(state, [credential], response)
    except (ValueError, NotImplementedError):  # ValueError: whatever is wrong with the answer
        return False
    return True


def _counted(
    found: Passkey, of: Account, response: AuthenticationResponse, asked_at: datetime, now: datetime
) -> Method | None:
    given = response.response.authenticator_data.counter
    if not counts_on(found.sign_count, given):
        with audited(actor=actor_of(of), now=now) as trail:
            trail.add(Event.PASSKEY_COUNT_FELL, of, name=found.name)
        return None
    unused = Passkey.objects.filter(pk=found.pk, sign_count=found.sign_count).filter(
        Q(last_used_at=None) | Q(last_used_at__lt=asked_at)
    )
    return Method.PASSKEY if unused.update(sign_count=given, last_used_at=now) else None
