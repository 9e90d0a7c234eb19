"""Ask for a check of one token; the worker does it, the page shows the answer as it arrives."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import WrongState
from tokens.models import Secret, Token


def request_check(*, token: Token, actor: Actor, now: datetime) -> None:
    """Make the token's secret due now. Raises WrongState if there is nothing to ask, or not yet."""
    with audited(actor=actor, now=now) as trail:
        secret = Secret.objects.select_for_update().get(pk=token.secret_id)
        if not secret.is_held:
            raise WrongState("This token's value is not held here, so it cannot be checked.")
        if secret.destroyed_at is not None:
            raise WrongState("This token's value was destroyed, so it cannot be checked any more.")
        if secret.next_check_at is None:
            raise WrongState("This is sample data, which is never sent to Coolset.")
        if secret.throttled_until is not None and secret.throttled_until > now:
            raise WrongState(f"Coolset asked us to wait until {secret.throttled_until:%H:%M} UTC.")
        Secret.objects.filter(pk=secret.pk).update(next_check_at=now)
        trail.add(Event.TOKEN_CHECK_REQUESTED, token)
