"""The outbox as a page shows it: mails with their state, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from tokens.models import Mail, MailStatus

SHOWN = 100


@dataclass(frozen=True, slots=True)
class MailRow:
    id: UUID
    recipient: str
    kind: str
    subject: str
    status: str
    attempts: int
    last_problem: str
    created_at: datetime
    sent_at: datetime | None
    next_attempt_at: datetime | None
    notices: int
    held_until: datetime | None


def mails(status: str = "") -> list[MailRow]:
    """The latest mails, of one state where a known one is asked for; one query."""
    found = Mail.objects.annotate(said=Count("notices")).order_by("-created_at", "-pk")
    if status in {word.value for word in MailStatus}:
        found = found.filter(status=status)
    rows = found.values_list(
        "id", "recipient", "kind", "subject", "status", "attempts", "last_problem", "created_at",
        "sent_at", "next_attempt_at", "said", "held_until",
    )  # fmt: skip
    return [MailRow(*row) for row in rows[:SHOWN]]


def mail_counts() -> dict[str, int]:
    """How many mails are in each state; one query."""
    counted = Mail.objects.order_by().values("status").annotate(number=Count("pk"))
    return {row["status"]: row["number"] for row in counted}
