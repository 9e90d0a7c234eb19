"""`manage.py verify_audit`: walk the audit chain; exit 1 where it was tampered with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from tokens.audit import Verification, head, triggers, verify
from tokens.audit.anchors import Anchor, anchor
from tokens.audit.checkpoints import Checkpoint, disagreement, lies_in_archive, read_checkpoint
from tokens.away import is_away
from tokens.errors import InvalidInput, KeyringError
from tokens.keys import signing_keys, wake
from tokens.management import base
from tokens.management.audit_words import payload_of, words_of
from tokens.services.archive_audit.join import Joined, join_archives
from tokens.services.pulse import beat

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
            "--archive",
            action="append",
            default=[],
            metavar="FILE",
            help="what archive_audit wrote, oldest first: walk it and this trail as one chain",
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
        absent = triggers.unguarded(connection)
        if absent:
            self.say(f"The database does not guard the audit trail: {', '.join(absent)} missing.")
        joined = self._joined(options["archive"], seen)
        top = head()
        with self.progress(top[0] - anchor().number if top else None, "entries") as bar:
            found = verify(bar.update)
        gone = anchor()
        found = _compared(_trusted(found, gone, options["key"]), joined, seen)
        apart = [each for each in seen if _cannot_be_compared(each, joined)]
        self.emit(
            payload_of(found, joined, seen, apart), words_of(found, gone, joined, seen, apart)
        )
        if found.ok:
            self._note()
        return base.DONE if found.ok and not apart else base.LEFT_UNDONE

    def _note(self) -> None:
        """For /metrics: when the trail was last found whole. A copy may be read-only."""
        try:
            beat("audit_verified", now=timezone.now())
        except DatabaseError as error:
            if not is_away(error):
                raise
            self.say("That this was verified could not be noted: the database takes nothing.")

    def _joined(self, paths: list[str], seen: list[Checkpoint]) -> Joined | None:
        if not paths:
            return None
        wanted = {each.number for each in seen}
        with self.progress(None, "archived entries") as bar:
            return join_archives(
                paths=[Path(path) for path in paths], wanted=wanted, progress=bar.advance
            )


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


def _trusted(found: Verification, gone: Anchor, keys: list[str]) -> Verification:
    """The verdict with what is known of the key that signed the removal: with --key, it must be
    one of those. Without, the words say whose it is."""
    if not found.ok or not gone.number or not keys or gone.public_key in keys:
        return found
    fault = "the removal of archived entries was signed by a key that was not given"
    return replace(found, ok=False, first_bad=gone.entry, reason=fault)


def _compared(found: Verification, joined: Joined | None, seen: list[Checkpoint]) -> Verification:
    """The verdict with what archives and checkpoints say; an own fault of the chain comes first."""
    if found.ok and joined is not None and joined.fault:
        return replace(found, ok=False, first_bad=joined.last or 1, reason=joined.fault)
    if not found.ok:
        return found
    for checkpoint in sorted(seen, key=lambda each: each.number):
        archived = joined is not None and joined.holds(checkpoint)
        fault = joined.disagreement(checkpoint) if joined and archived else disagreement(checkpoint)
        if fault:
            return replace(found, ok=False, first_bad=checkpoint.number, reason=fault)
    return found


def _cannot_be_compared(checkpoint: Checkpoint, joined: Joined | None) -> bool:
    """It saw an entry that was removed, and no archive was given that holds it."""
    return lies_in_archive(checkpoint) and not (joined and joined.holds(checkpoint))
