"""`up`: migrate, then web, worker and beat in one supervised process group."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from tokens import keys
from tokens.coolset.address import is_loopback
from tokens.management import instance
from tokens.management.base import LEFT_UNDONE
from tokens.management.base import Command as BaseCommand
from tokens.management.supervisor import Child, Supervisor
from tokens.services.key_records import record_keys
from tokens.services.setup import setup_code


class Command(BaseCommand):
    """Start everything on one machine and keep it running until Ctrl-C or SIGTERM.

    Exit 0: told to end. 1: the address is taken, keys are missing, or a process died three times.
    """

    wants_database = False
    help = "Migrate, then run web, worker and beat until Ctrl-C or SIGTERM."

    def run(self, **options: Any) -> int:
        # What an instance writes (database, mail, logs) is for this user alone.
        os.umask(0o077)
        keys.private_keyring()  # the worker could not start without it: say so now, once
        try:
            bound = instance.listen(settings.HOST, settings.PORT)
        except OSError as error:
            self.say(
                f"Cannot listen on {settings.HOST}, port {settings.PORT}: {error.strerror}. "
                "Choose another address with HOST and PORT."
            )
            return LEFT_UNDONE
        gate, hold = os.pipe()
        described = instance.describe(bound, gate)
        with bound, Supervisor(say=self.say) as supervisor:
            supervisor.start(described.web)
            self.prepare()
            for child in self.beside():
                supervisor.start(child)
            os.close(hold)
            self._tell()
            instance.wait_for_web(bound, supervisor)
            supervisor.start(described.worker)
            supervisor.start(described.beat)
            return supervisor.keep()

    def beside(self) -> tuple[Child, ...]:
        """What else runs beside web, worker and beat; started before they work."""
        return ()

    def prepare(self) -> None:
        """Make the instance ready to serve; web loads meanwhile and answers afterwards."""
        instance.prepare()
        record_keys(now=timezone.now())

    def first_steps(self) -> list[str]:
        """How to sign in, as lines to print."""
        if code := setup_code():
            return [f"First sign-in: open {settings.PUBLIC_URL}/setup/ with this code: {code}"]
        return []

    def _tell(self) -> None:
        """Print the address, where the keys lie and how to sign in the first time."""
        lines = [f"Coolset token governance: {settings.PUBLIC_URL}/"]
        folder = Path(settings.DATA_DIR)
        lines.append(f"Data: {folder}")
        if (folder / "keys" / "token_keys").exists():
            lines.append(
                f"Keys: {folder / 'keys'} (back them up: without them no stored token can be read)"
            )
        if not settings.PRODUCTION and not is_loopback(settings.HOST):
            lines.append(
                "Careful: this address speaks plain HTTP, so whoever is on the network can read "
                "passwords and pasted tokens. Put a proxy with TLS in front of it."
            )
        lines += self.first_steps()
        lines.append("Ctrl-C ends web, worker and beat.")
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
