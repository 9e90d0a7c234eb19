"""scan_leaks: find tokens in files, folders, git histories and streams, without showing one."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.services.scan_leaks import Leak, Scan, place_of, scan_leaks

UNKNOWN = "looks like a token, not known here"


class Command(OurCommand):
    help = (
        "Find tokens of the vendor's shape and every value of the inventory. Shows no value. "
        "Exit 1 on a find, 0 without any, 2 on bad usage."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH|-", help="files and folders; - reads standard input"
        )
        parser.add_argument(
            "--git", action="store_true", help="also all that their repositories ever held"
        )

    def run(self, **options: Any) -> int:
        names: list[str] = options["paths"]
        paths = [Path(name) for name in names if name != "-"]
        if options["git"] and not paths:
            raise InvalidInput("is needed beside --git", field="PATH")
        with self.progress(None, "files and commits") as bar:

            def moved(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            scan = scan_leaks(
                paths=paths,
                stream=sys.stdin.buffer if "-" in names else None,
                with_history=options["git"],
                actor=self.actor,
                now=timezone.now(),
                progress=moved,
            )
        self._remarks(scan)
        self.emit(_as_json(scan), _in_words(scan))
        return LEFT_UNDONE if scan.total or scan.unreadable else DONE

    def _remarks(self, scan: Scan) -> None:
        if not scan.compared:
            self.say("FINGERPRINT_KEY is missing: looked for the vendor's shape alone.")
        if scan.left_out:
            self.say(f"Left out: {scan.left_out} large binary files.")
        for place in scan.unreadable:
            self.say(f"Could not be read: {place}")


def _in_words(scan: Scan) -> str:
    lines = [f"{place_of(leak)}: {leak.hint} {_whose(leak)}" for leak in scan.leaks]
    if scan.total > len(scan.leaks):
        lines.append(f"… and {scan.total - len(scan.leaks)} more")
    history = f" and {scan.commits} commits" if scan.commits else ""
    lines.append(f"{scan.total or 'No'} finds in {scan.files} files{history}.")
    return "\n".join(lines)


def _whose(leak: Leak) -> str:
    if not leak.tokens:
        return UNKNOWN
    return "is " + "; ".join(f"{token} ({token.state}, {token.pk})" for token in leak.tokens)


def _as_json(scan: Scan) -> dict[str, Any]:
    return {
        "finds": scan.total,
        "files": scan.files,
        "commits": scan.commits,
        "left_out": scan.left_out,
        "unreadable": scan.unreadable,
        "compared": scan.compared,
        "leaks": [
            {
                "place": leak.place,
                "line": leak.line,
                "commit": leak.commit,
                "hint": leak.hint,
                "tokens": [
                    {"id": str(token.pk), "name": str(token), "state": token.state}
                    for token in leak.tokens
                ],
            }
            for leak in scan.leaks
        ],
    }
