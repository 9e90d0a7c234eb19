"""`demo`: as `up`, on an instance of its own, with sample data and a stand-in for Coolset."""

import importlib.util
import os
import secrets
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.management import base
from tokens.management.commands import up
from tokens.management.supervisor import Child
from tokens.services.seed_demo import STAND_IN_FILE, demo_sign_in, is_seeded, seed_demo
from tokens.services.seed_demo.stand_in import write_control

TOKENS = 300
MARK = "COOLSET_DEMO"
#: What a shell may hold for a real instance; the demo touches nothing of it.
_NOT_OURS = (
    "COOLSET_ALLOW_HOST",
    *(
        name + ending
        for name in (
            "DATABASE_URL",
            "REDIS_URL",
            "EMAIL_URL",
            "TOKEN_KEYS",
            "TOKEN_KEYS_PROVIDER",
            "TOKEN_KEYS_WRAPPED",
            "VAULT_TOKEN",
            "TOKEN_PUBLIC_KEY",
            "FINGERPRINT_KEY",
            "DJANGO_SECRET_KEY",
            "DEADMAN_URL",
        )
        for ending in ("", "_FILE")
    ),
)


class Command(up.Command):
    """Start the demo and keep it running until Ctrl-C or SIGTERM; a second run goes on with it.

    Exit 1 as `up`; 2 in production, or where the folder holds tokens that are no sample data.
    """

    help = "Run a demo on sample data, with a stand-in for Coolset, until Ctrl-C or SIGTERM."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tokens", type=int, default=TOKENS, help=f"default {TOKENS}")

    def run(self, **options: Any) -> int:
        if settings.PRODUCTION:
            self.say("The demo is not for production: nothing was changed.")
            return base.BAD_INPUT
        if os.environ.get(MARK) != "1":
            begin_again()
        if importlib.util.find_spec("tests.stand_in") is None:
            self.say("The demo needs the folder tests/ beside manage.py: run it from a clone.")
            return base.LEFT_UNDONE
        self._tokens = options.pop("tokens")
        return super().run(**options)

    def beside(self) -> tuple[Child, ...]:
        folder = Path(settings.DATA_DIR)
        control = secrets.token_urlsafe(24)
        write_control(folder, port=int(os.environ["STAND_IN_PORT"]), token=control)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(settings.BASE_DIR),
            "STAND_IN_CONTROL_TOKEN": control,
        }
        argv = (
            *(sys.executable, "-m", "tests.stand_in", "--no-log", "--busy", "--quiet"),
            *("--port", os.environ["STAND_IN_PORT"]),
            # What a visitor invents and pastes works, so that they can try everything.
            *("--unknown", "valid", "--state", str(folder / STAND_IN_FILE)),
        )
        return (Child("stand-in", argv, environment),)

    def prepare(self) -> None:
        super().prepare()
        if not is_seeded():
            self.say("Making sample data, some ten seconds …")
        seed_demo(tokens=self._tokens, actor=self.actor, now=timezone.now())

    def first_steps(self) -> list[str]:
        lines = ["Demo: sample data, and a stand-in on this machine instead of Coolset."]
        signing_in = demo_sign_in(actor=self.actor, now=timezone.now())
        if signing_in is None:
            lines.append("Sign in with the account that you set up.")
        else:
            password = signing_in.password or "the one that you chose"
            lines.append(f"Sign in: {signing_in.email}, password: {password}")
        lines.append("Any value that you invent and paste counts as a working token here.")
        lines.append("Let something happen at Coolset: manage.py demo_story --help")
        lines.append(f"Mails are written to {Path(settings.DATA_DIR) / 'mail'}.")
        return lines


def begin_again() -> NoReturn:
    """Settings are read once: run this very command anew with those of the demo."""
    ours = {name: text for name, text in os.environ.items() if name not in _NOT_OURS}
    port = _free_port()
    ours |= {
        MARK: "1",
        "STAND_IN_PORT": str(port),
        "COOLSET_API_URL": f"http://127.0.0.1:{port}/api/",
    }
    ours.setdefault("DATA_DIR", str(Path(settings.BASE_DIR) / "var" / "demo"))
    os.execve(sys.executable, [sys.executable, *sys.argv], ours)  # noqa: S606 (ourselves)


def _free_port() -> int:
    """A port of loopback that nobody listens on just now."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])
