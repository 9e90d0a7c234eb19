"""wrap_keys: TOKEN_KEYS from standard input, wrapped by a key of AWS KMS or Vault."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from tokens.key_providers.place import AWS_KMS, VAULT
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.services.wrap_keys import wrap_keys

LARGEST = 64 * 1024


class Command(OurCommand):
    help = (
        "Read TOKEN_KEYS from standard input and print what TOKEN_KEYS_WRAPPED takes. The settings"
        " of the provider are those of the worker."
    )
    wants_database = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--provider", choices=[AWS_KMS, VAULT], required=True)

    def run(self, **options: Any) -> int:
        if sys.stdin.isatty():
            self.fail_usage("redirect the file into it: wrap_keys … < token_keys", field="stdin")
        # What is not ASCII is no keyring; a decoding error would show it.
        keyring = sys.stdin.buffer.read(LARGEST).decode("ascii", "replace").strip()
        wrapped = wrap_keys(keyring=keyring, provider=options["provider"])
        self.say(f"TOKEN_PUBLIC_KEY of this keyring: {wrapped.public_key}")
        payload = {"wrapped": wrapped.text, "public_key": wrapped.public_key}
        self.emit(payload, wrapped.text)
        return DONE
