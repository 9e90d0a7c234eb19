"""A closed review as a file: JSON with its signature, or CSV; recorded before it leaves."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import Review
from tokens.services.csv_cells import safe_cell

FORMATS = ("json", "csv")
_FACTS = ("company", "integration", "environment", "scope", "label", "hint", "owner", "due_on")
COLUMNS = ("token", *_FACTS, "reviewer", "decision", "reason", "decided_at", "decided_by")


def export_review(*, review: Review, format: str, actor: Actor, now: datetime) -> str:  # noqa: A002 - the word of the command
    """The text of the file. Raises InvalidInput for a format, WrongState while it is open."""
    if format not in FORMATS:
        raise InvalidInput("is not one of " + ", ".join(FORMATS), field="format")
    if review.is_open:
        raise WrongState("This review is not closed yet, so there is no result to export.")
    with audited(actor=actor, now=now) as trail:
        trail.add(
            Event.EVIDENCE_EXPORTED, review, what="review", format=format, digest=review.digest
        )
    return signed_json(review) if format == "json" else _csv(review)


def signed_json(review: Review) -> str:
    """The result as the text that was hashed, with what it takes to check it."""
    document = {
        "result": review.result,
        "sha256": review.digest,
        "key_id": review.key_id,
        "public_key": review.public_key,
        "signature": review.signature,
        "signed_at": review.signed_at.isoformat() if review.signed_at else None,
    }
    return json.dumps(document, indent=1) + "\n"


def _csv(review: Review) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in json.loads(review.result)["items"]:
        writer.writerow([_cell(item, name) for name in COLUMNS])
    return out.getvalue()


def _cell(item: dict[str, Any], name: str) -> str:
    value = item["facts"].get(name) if name in _FACTS else item[name]
    return safe_cell(str(value)) if value else ""
