"""`manage.py verify_audit`: walk the audit chain; exit 1 where it was tampered with."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from tokens.audit import Verification, head, triggers, verify
from tokens.audit.checkpoints import Checkpoint, disagreement, read_checkpoint
from tokens.errors import InvalidInput, KeyringError
from tokens.keys import signing_keys, wake
from tokens.management import base

NO_KEY = "needs --key: this process holds no keyring that could say who may sign"


class Command(base.Command):
    help = "Walk the audit trail and say whether every entry is as it was written."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--against",
            action="append",
            default=[],
            metavar="CHECKPOINT",
            help="a checkpoint that was carried away; may be given several times",
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="BASE64",
            help="a public key that may have signed; default: those of the keyring",
        )
        parser.add_argument(
            "--keys", action="store_true", help="print the public keys that sign here, and end"
        )

    def run(self, **options: Any) -> int:
        if options["keys"]:
            keys = signing_keys()
            self.emit({"keys": keys}, "\n".join(f"{name}: {key}" for name, key in keys.items()))
            return base.DONE
        seen = [_read(path, options["key"]) for path in options["against"]]
        absent = triggers.missing(connection)
        if absent:
            self.say(f"The database does not guard the audit trail: {', '.join(absent)} missing.")
        top = head()
        with self.progress(top[0] if top else None, "entries") as bar:
            found = verify(bar.update)
        found = _compared(found, seen)
        payload = {"entries": found.entries, "ok": found.ok, "first_bad": found.first_bad}
        if seen:
            payload["checkpoints"] = len(seen)
        self.emit(payload, _words(found, len(seen)))
        return base.DONE if found.ok else base.LEFT_UNDONE


def _read(path: str, keys: list[str]) -> Checkpoint:
    """A checkpoint whose signature fits and whose key may sign here. Raises InvalidInput."""
    try:
        found = read_checkpoint(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(f"{path} cannot be read", field="--against") from None
    if not keys:
        wake()  # a provider that is away is told as that
    try:
        trusted = keys or list(signing_keys().values())
    except KeyringError:
        raise InvalidInput(NO_KEY, field="--against") from None
    if found.public_key not in trusted:
        raise InvalidInput(f"{path} was signed by a key that is none of ours", field="--against")
    return found


def _compared(found: Verification, seen: list[Checkpoint]) -> Verification:
    """The verdict with what the checkpoints say; an own fault of the chain comes first."""
    if not found.ok:
        return found
    for checkpoint in sorted(seen, key=lambda each: each.number):
        if fault := disagreement(checkpoint):
            return Verification(found.entries, False, checkpoint.number, fault)
    return found


def _words(found: Verification, checkpoints: int) -> str:
    if not found.ok:
        return (
            f"Tampered with: {found.entries} entries, broken at entry {found.first_bad}: "
            f"{found.reason}."
        )
    top = head()
    sealed = f" The chain ends in {top[1]}." if top and found.entries else ""
    agree = f" It agrees with {checkpoints} checkpoint(s)." if checkpoints else ""
    return f"{found.entries} entries, all as they were written.{sealed}{agree}"
