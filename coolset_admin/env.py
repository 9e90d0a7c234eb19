"""The environment, read once: plain values, secrets that may lie in files, and mail addresses."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from tokens.policy.two_people import Rule, read_rule

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
ROLES = frozenset({"web", "worker", "beat", "command"})
MAIL_TIMEOUT_SECONDS = 15
#: A page that gets no connection for so long says 503 (bar.md: an answer within five seconds).
POOL_SECONDS = 4

env = environ.Env()


def text(name: str, default: str = "") -> str:
    """The value of a variable that holds no secret, without surrounding space."""
    return str(env.str(name, default=default)).strip()


def number(name: str, default: float) -> float:
    """A number that is not negative. Raises ImproperlyConfigured naming the variable."""
    raw = text(name)
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number.") from None
    if not 0 <= value < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number that is not negative.")
    return value


def whole(name: str, default: int) -> int:
    """A whole number that is not negative. Raises ImproperlyConfigured naming the variable."""
    value = number(name, default)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number.")
    return int(value)


def flag(name: str, *, default: bool = False) -> bool:
    """True for 1, true, yes and on; False for 0, false, no and off; `default` when unset."""
    raw = text(name).lower() or ("1" if default else "0")
    if raw not in {"0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be 0 or 1.")
    return raw in {"1", "true", "yes", "on"}


def words(name: str) -> list[str]:
    """A comma-separated list without empty members."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def two_person_rule(given: list[str]) -> frozenset[Rule]:
    """What the two-person rule is switched on for. Raises ImproperlyConfigured for a wrong word."""
    try:
        return read_rule(given)
    except ValueError as refusal:
        raise ImproperlyConfigured(f"TWO_PERSON_RULE {refusal}.") from None


def secret(name: str) -> str:
    """The secret in NAME, or in the file that NAME_FILE points to; empty when neither is set.

    Raises ImproperlyConfigured, which names the variable and never the value, when both are
    set (nobody could tell which one holds) or the file cannot be read.
    """
    value, path = os.environ.get(name, "").strip(), os.environ.get(f"{name}_FILE", "").strip()
    if value and path:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if not path:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name}_FILE points to a file that cannot be read ({type(error).__name__})."
        ) from None


def process_role(argv: list[str], environment: Mapping[str, str]) -> str:
    """What this process is: `web`, `worker`, `beat` or `command`.

    Web and beat never hold the private keyring (design.md, "The vault"). `up` and the WSGI
    entry point say it by PROCESS_ROLE; a process that somebody starts by hand is told by the
    program's name, so that forgetting the variable does not hand web the keys.
    """
    said = environment.get("PROCESS_ROLE", "")
    if said:
        if said not in ROLES:
            raise ImproperlyConfigured(f"PROCESS_ROLE must be one of {', '.join(sorted(ROLES))}.")
        return said
    program = Path(argv[0]) if argv else Path()
    name = program.parent.name if program.name == "__main__.py" else program.stem
    if name in {"gunicorn", "uvicorn"} or (name == "manage" and "runserver" in argv[1:2]):
        return "web"
    if name == "celery":
        return next((role for role in ("worker", "beat") if role in argv[1:]), "command")
    return "command"


def data_dir() -> Path:
    """Where a local instance keeps everything it writes; `var/` beside manage.py by default."""
    given = text("DATA_DIR")
    return Path(given).expanduser().resolve() if given else BASE_DIR / "var"


def is_loopback(host: str) -> bool:
    """Whether a listening address can be reached from this machine alone."""
    return host.strip("[]") in LOOPBACK or host.startswith("127.")


def database(url: str, *, default: Path, role: str) -> dict[str, Any]:
    """Django's entry for one database.

    SQLite: WAL, IMMEDIATE transactions and 20 s of patience, so that web, worker and beat
    write side by side without "database is locked" (design.md). PostgreSQL: a pool in web,
    whose threads live long; processes that fork (the worker) must not share one.
    """
    given = url or f"sqlite:///{default}"
    if given.startswith("sqlite:") and not given.startswith("sqlite:///"):
        raise ImproperlyConfigured("DATABASE_URL must be sqlite:///path or postgres://….")
    config: dict[str, Any] = dict(environ.Env.db_url_config(given))
    options: dict[str, Any] = dict(config.get("OPTIONS", {}))
    if config.get("ENGINE") == "django.db.backends.sqlite3":
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif config.get("ENGINE") == "django.db.backends.postgresql":
        options.setdefault("connect_timeout", 5)
        if flag("DATABASE_POOLER"):
            # Its transactions may each run on another connection: nothing may outlive one. It
            # takes no options of a session either; the role gets jit = off (docs/operations.md).
            config |= {"CONN_MAX_AGE": 0, "DISABLE_SERVER_SIDE_CURSORS": True}
            options["prepare_threshold"] = None
            return config | {"OPTIONS": options}
        # Compiling a query of many conditions took seconds where running it took milliseconds.
        options.setdefault("options", "-c jit=off")
        if role == "web":
            options["pool"] = {"min_size": 1, "max_size": 16, "timeout": POOL_SECONDS}
        else:
            config |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    else:
        raise ImproperlyConfigured("DATABASE_URL must be postgres://… or sqlite:///path.")
    return config | {"OPTIONS": options}


def email(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings for an EMAIL_URL.

    `smtp+tls://` demands STARTTLS: Django's backend raises when the server does not offer it
    and never goes on in plaintext. `memory://` is for tests. Raises ImproperlyConfigured
    without repeating the address, which may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("EMAIL_URL cannot be read.") from None
    backend = "django.core.mail.backends."
    if parts.scheme in {"console", "memory"}:
        name = "console" if parts.scheme == "console" else "locmem"
        return {"EMAIL_BACKEND": f"{backend}{name}.EmailBackend"}
    if parts.scheme == "file":
        if parts.netloc or not parts.path.strip("/"):
            raise ImproperlyConfigured("EMAIL_URL with file:// needs a full path: file:///dir.")
        folder = unquote(parts.path)
        return {"EMAIL_BACKEND": f"{backend}filebased.EmailBackend", "EMAIL_FILE_PATH": folder}
    ports = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp://, smtp+tls://, smtp+ssl:// with a host, console:// or "
            "file:///dir."
        )
    return {
        "EMAIL_BACKEND": f"{backend}smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtp+ssl",
        "EMAIL_TIMEOUT": MAIL_TIMEOUT_SECONDS,
    }


ROLE = process_role(sys.argv, os.environ)
