"""The first administrator: made once, by whoever can read the code on the server."""

import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from tokens.audit import Event, audited
from tokens.audit import account as account_actor
from tokens.errors import InvalidInput, WrongState
from tokens.models import Account
from tokens.policy.vocabulary import Role

#: No 0, 1, O or I: the code is typed from a terminal. 20 of 32 signs are 100 bits.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LOCK = 0x636F6F6C  # any number, the same in all processes


def is_set_up() -> bool:
    """Whether an account exists; from then on there is no way back to the set-up page."""
    return Account.objects.exists()


def setup_code() -> str | None:
    """The code that the set-up page asks for, made on first need; None once set up.

    It lies in DATA_DIR/keys/setup_code with mode 0600. Two processes that ask at once get the same.
    """
    if is_set_up():
        return None
    path = _path()
    if not path.exists():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def complete_setup(*, code: str, email: str, password: str, address: str, now: datetime) -> Account:
    """Make the first administrator, if `code` is right and nobody did before.

    Of two that come at once one wins. Raises WrongState once set up and InvalidInput for a wrong
    code. `password` must have passed the validators; `address` is where the request came from.
    """
    expected = setup_code()
    if expected is None:
        raise WrongState("The product is set up already.")
    if not hmac.compare_digest(_plain(code).encode(), _plain(expected).encode()):
        raise InvalidInput("This is not the code.", field="code")
    first = Account(email=Account.objects.normalize(email), role=Role.ADMINISTRATOR.value)
    first.set_password(password)
    with audited(actor=account_actor(first), now=now) as trail:
        _one_at_a_time()
        if is_set_up():
            raise WrongState("The product is set up already.")
        first.save(force_insert=True)
        trail.add(Event.SETUP_DONE, first, email=first.email, address=address)
        transaction.on_commit(lambda: _path().unlink(missing_ok=True))
    return first


def _path() -> Path:
    return Path(settings.DATA_DIR) / "keys" / "setup_code"


def _plain(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())


def _make(path: Path) -> None:
    """Write the code beside its place and link it there: a link never replaces what exists."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    draft = path.with_name(f".setup_code.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("-".join(groups) + "\n")
        os.link(draft, path)
    except FileExistsError:  # another process was faster; its code counts
        return
    finally:
        draft.unlink()


def _one_at_a_time() -> None:
    """SQLite's IMMEDIATE transactions exclude each other; PostgreSQL needs to be told to."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
