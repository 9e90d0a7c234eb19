"""The demo's administrator: signing in takes one step, with a password made on this machine."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from tokens.audit import Actor
from tokens.models import Account
from tokens.services.accounts import set_password
from tokens.services.seed_demo.names import DOMAIN
from tokens.services.seed_demo.reviews import demo_reviews
from tokens.services.setup import complete_setup, setup_code

EMAIL = f"admin@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in to the demo. `password` is in no repr; None where somebody changed it."""

    email: str
    password: str | None = field(repr=False)


def demo_sign_in(*, actor: Actor, now: datetime) -> SignIn | None:
    """Make the demo's administrator, or find it; None where others were set up instead.

    The password lies in DATA_DIR/keys/demo_password, mode 0600, so that a second run prints it.
    """
    code = setup_code()
    if code is not None:
        password = _kept() or _new()
        first = complete_setup(
            code=code, email=EMAIL, password=password, address="127.0.0.1", now=now
        )
        demo_reviews(administrator=first, now=now)
        return SignIn(EMAIL, password)
    account = Account.objects.filter(email=EMAIL, is_active=True).first()
    if account is None:
        return None
    kept = _kept()
    if kept is None:
        kept = _new()
        set_password(account=account, password=kept, actor=actor, now=now)
    return SignIn(EMAIL, kept if account.check_password(kept) else None)


def _path() -> Path:
    return Path(settings.DATA_DIR) / "keys" / "demo_password"


def _kept() -> str | None:
    path = _path()
    return path.read_text(encoding="ascii").strip() if path.exists() else None


def _new() -> str:
    password = secrets.token_urlsafe(12)
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(password + "\n")
    return password
