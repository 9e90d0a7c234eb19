"""`archive_audit`: the oldest audit entries as a signed file; removed from here only if asked."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.keys import wake
from tokens.management.base import DONE
from tokens.management.base import Command as OurCommand
from tokens.services.archive_audit.prefix import prefix_before
from tokens.services.archive_audit.remove import clean_reason, remove_archived, require_removable
from tokens.services.archive_audit.write import write_archive


class Command(OurCommand):
    help = (
        "Write audit entries of before a day into a file, with a signed checkpoint beside it, and"
        " check both. With --remove they then leave the database; without it nothing is removed."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--before", required=True, metavar="DATE", help="the first UTC day that stays"
        )
        parser.add_argument(
            "--output", required=True, metavar="FILE", help="a new file, written with mode 0600"
        )
        parser.add_argument(
            "--remove", action="store_true", help="remove the entries, once the file is checked"
        )
        parser.add_argument("--reason", default="", help="why they are removed; with --remove")

    def run(self, **options: Any) -> int:
        now, remove = timezone.now(), options["remove"]
        path = Path(options["output"]).absolute()
        prefix = prefix_before(_day(options["before"]), now=now)
        if remove:
            clean_reason(options["reason"])
            require_removable(prefix)
        elif options["reason"]:
            raise InvalidInput("is for --remove alone", field="reason")
        wake()  # a provider that is away is told as that, before anything is written
        with self.progress(prefix.count * (3 if remove else 2), "entries") as bar:
            archive = write_archive(
                prefix=prefix, path=path, actor=self.actor, now=now, progress=bar.advance
            )
            if remove:
                remove_archived(
                    archive=archive,
                    reason=options["reason"],
                    actor=self.actor,
                    now=timezone.now(),
                    progress=bar.advance,
                )
        payload = {
            "entries": prefix.count,
            "first": prefix.after + 1,
            "last": prefix.number,
            "hash": prefix.hash,
            "output": str(archive.path),
            "checkpoint": str(archive.checkpoint),
            "sha256": archive.digest,
            "removed": remove,
        }
        what = "and removed here" if remove else "and still here"
        self.emit(
            payload,
            f"Entries {prefix.after + 1} to {prefix.number} are in {archive.path}, {what}.\n"
            f"SHA-256 {archive.digest}; signed in {archive.checkpoint}.\n"
            "Keep both where they outlive this machine; verify_audit --archive FILE joins them.",
        )
        return DONE


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("is not a date such as 2025-01-01", field="before") from None
