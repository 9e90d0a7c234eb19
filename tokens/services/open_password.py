"""Passwords while single sign-on is the only way in (OIDC_ONLY): closed, but for whom the host
names for a while. That is the way in when the provider is away."""

from __future__ import annotations

from datetime import datetime, timedelta

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput
from tokens.models import Account, Identity, OpenPassword
from tokens.sign_on.config import configured

LONGEST_HOURS = 72


def is_closed(email: str, now: datetime) -> bool:
    """Whether a password opens nothing here for this address, known or not."""
    config = configured()
    if config is None or not config.only:
        return False
    return not OpenPassword.objects.filter(account__email=email, until__gt=now).exists()


def open_password(*, account: Account, hours: int, actor: Actor, now: datetime) -> datetime:
    """Let an account sign in by its password for so many hours; until when. Raises InvalidInput."""
    if not 1 <= hours <= LONGEST_HOURS:
        raise InvalidInput(f"must be 1 to {LONGEST_HOURS}", field="--hours")
    until = now + timedelta(hours=hours)
    with audited(actor=actor, now=now) as trail:
        OpenPassword.objects.update_or_create(account=account, defaults={"until": until})
        trail.add(Event.PASSWORD_OPENED, account, until=until)
    return until


def close_password(*, account: Account, actor: Actor, now: datetime) -> bool:
    """End that early; whether there was anything to end."""
    with audited(actor=actor, now=now) as trail:
        ended, _ = OpenPassword.objects.filter(account=account, until__gt=now).delete()
        if ended:
            trail.add(Event.PASSWORD_CLOSED, account)
    return bool(ended)


def unlink(*, account: Account, actor: Actor, now: datetime) -> int:
    """Forget who an account is at the provider; how many identities that were.

    Whoever signs in there next with its e-mail, verified, is linked to it anew.
    """
    with audited(actor=actor, now=now) as trail:
        known = list(Identity.objects.filter(account=account).order_by("pk"))
        for one in known:
            trail.add(Event.SIGN_ON_UNLINKED, account, issuer=one.issuer)
        Identity.objects.filter(pk__in=[one.pk for one in known]).delete()
    return len(known)
