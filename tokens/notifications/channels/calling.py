"""Starting the courier: the only way from our processes to apprise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from tokens.errors import InvalidInput
from tokens.notifications.channels.answers import Answer
from tokens.notifications.channels.schemes import SERVICES, scheme_of

log = structlog.get_logger(__name__)

#: Wall clock of what the network may take, and of the process around it.
SECONDS, PROCESS_SECONDS = 10.0, 25.0
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = (sys.executable, "-E", "-s", "-m", "tokens.notifications.channels.courier")
#: Certificates of an own authority are the only thing that it takes over from the environment.
_KEPT = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, as plain text."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where to, and what the server allows."""

    url: str = field(repr=False)
    allow: Collection[str] = ()
    production: bool = True


def read_address(place: Place) -> str:
    """What pages show of an address: its scheme, and its host where that is no secret.

    Raises InvalidInput, which never repeats the address.
    """
    scheme_of(place.url)
    found = _call(place, {"check": True})
    if found["problem"] == "address":
        raise InvalidInput(
            "leads into a private network, or goes without TLS; the server's NOTIFY_ALLOW_HOSTS"
            " can allow its host",
            field="url",
        )
    if found["problem"] == "courier":
        raise InvalidInput("could not be looked at; try again", field="url")
    if found["problem"] or found["scheme"] not in SERVICES:
        raise InvalidInput("is not complete, or not of a service that is known here", field="url")
    return f"{found['scheme']}://{found['host'] or '…'}"


def send(place: Place, message: Message) -> Answer:
    """Send it once; accepted means what the service's own answer means to apprise."""
    found = _call(place, {"title": message.title, "body": message.body})
    return Answer(str(found["problem"]), found["status"])


def _call(place: Place, job: dict[str, Any]) -> dict[str, Any]:
    given = {
        "url": place.url,
        "allow": list(place.allow),
        "production": place.production,
        "seconds": SECONDS,
        **job,
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the job comes on standard input
            _COMMAND,
            input=json.dumps(given).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=_environment(),
            timeout=PROCESS_SECONDS,
            check=False,
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        found = {"problem": "timeout"}
    except (OSError, ValueError) as error:
        log.error("courier.failed", kind=type(error).__name__)
        found = {"problem": "courier"}
    return {"status": None, "scheme": "", "host": "", **found}


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", **kept}
