"""review: list access reviews, close one, export its signed result, check what was signed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils import timezone

from tokens.errors import InvalidInput, NotFound
from tokens.management.base import DONE, LEFT_UNDONE
from tokens.management.base import Command as OurCommand
from tokens.management.files import write_whole
from tokens.models import Review
from tokens.selectors import reviews as selector
from tokens.services.reviews.close import close_review
from tokens.services.reviews.export import FORMATS, export_review
from tokens.services.reviews.sign import check_exported, check_result, sign_reviews


class Command(OurCommand):
    help = "Access reviews: list them, close one and sign it, export its result, verify it."

    def arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, parser_class=type(parser))
        listed = acts.add_parser("list", help="all reviews with how far they are")
        close = acts.add_parser("close", help="freeze the result and sign it")
        close.add_argument("id", metavar="ID")
        export = acts.add_parser("export", help="the result as a file")
        export.add_argument("id", metavar="ID")
        export.add_argument("--format", choices=FORMATS, default="json")
        export.add_argument("--output", metavar="FILE", help="default: standard output")
        verify = acts.add_parser("verify", help="check a review here, or a file that was exported")
        verify.add_argument("id", metavar="ID|FILE")
        for each in (listed, close, export, verify):  # --json may stand behind the act, too
            each.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
            )

    def run(self, **options: Any) -> int:
        act = {
            "list": self._list,
            "close": self._close,
            "export": self._export,
            "verify": self._verify,
        }[options["act"]]
        return act(options)

    def _list(self, options: dict[str, Any]) -> int:
        found: list[Any] = list(selector.reviews())
        rows = [
            {
                "id": str(each.pk),
                "name": each.name,
                "due_on": each.due_on.isoformat(),
                "state": _state(each),
                "tokens": each.tokens,
                "waiting": each.waiting,
                "denied": each.denied,
            }
            for each in found
        ]
        lines = [
            f"{row['id']}  {row['state']:<9} {row['waiting']} of {row['tokens']} to decide, "
            f"due {row['due_on']}: {row['name']}"
            for row in rows
        ]
        self.emit({"reviews": rows}, "\n".join(lines) or "No review yet.")
        return DONE

    def _close(self, options: dict[str, Any]) -> int:
        now = timezone.now()
        review = close_review(review=_named(options["id"]), actor=self.actor, now=now)
        sign_reviews(now=timezone.now(), actor=self.actor)
        review.refresh_from_db()
        payload = {"id": str(review.pk), "sha256": review.digest, "key_id": review.key_id}
        self.emit(payload, f"Closed and signed: SHA-256 {review.digest}")
        return DONE

    def _export(self, options: dict[str, Any]) -> int:
        review = _named(options["id"])
        now, name = timezone.now(), options["format"]
        text = export_review(review=review, format=name, actor=self.actor, now=now)
        if options["output"] is None:
            self.stdout.write(text, ending="")
            return DONE
        write_whole(Path(options["output"]).resolve(), text.encode())
        payload = {"id": str(review.pk), "format": name, "output": options["output"]}
        self.emit(payload, f"Written to {options['output']}")
        return DONE

    def _verify(self, options: dict[str, Any]) -> int:
        path = Path(options["id"])
        if path.is_file():
            found = check_exported(_read(path))
        else:
            found = check_result(_named(options["id"]))
        words = {True: "signed", False: "the signature does not fit", None: "not signed yet"}
        said = "unchanged" if found.unchanged else "changed since it was hashed"
        self.emit(
            {"ok": found.ok, "unchanged": found.unchanged, "signed": found.signed},
            f"{said}, {words[found.signed]}",
        )
        return DONE if found.ok else LEFT_UNDONE


def _state(review: Review) -> str:
    if review.is_open:
        return "open"
    return "signed" if review.signed_at else "closed"


def _named(text: str) -> Review:
    try:
        found = selector.find(UUID(text))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("there is no such review", field="id")
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        names = ("result", "sha256", "public_key", "signature")
        return {name: str(document[name]) for name in names}
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidInput("is not the exported result of a review", field="id") from None
