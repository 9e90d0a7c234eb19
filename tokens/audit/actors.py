"""Who did it, as it is copied into an entry."""

import os
import pwd
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["account", "command", "system", "api_key"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `name` is shown to people, `id` is the account's or key's id, else empty."""

    kind: Kind
    name: str
    id: str = ""


def system(name: str) -> Actor:
    """The product itself, by the name of the job that acts, such as "check" or "reminders"."""
    return Actor("system", name)


def account(user: Any) -> Actor:
    """A signed-in account (tokens.Account), by its e-mail."""
    return Actor("account", str(user.get_username()), str(user.pk))


def api_key(*, name: str, key_id: object) -> Actor:
    """One of our own API keys, by its name; the key's value has no place here."""
    return Actor("api_key", name, str(key_id))


def command_line() -> Actor:
    """Whoever runs a command on this host. The user comes from the kernel, not from $USER."""
    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:  # a container's user without an entry
        user = str(uid)
    return Actor("command", f"command line, OS user {user}")
