"""A moment, actors and a short chain for tests."""

from datetime import UTC, datetime

from tokens.audit import Event, Subject, audited, system

NOW = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
ACTOR = system("check")
TOKEN = Subject("token", "0190", "Invoices in production")
COMPANY = Subject("company", "0191", "Acme")


def write(count: int, *, at: datetime = NOW) -> None:
    """One block with `count` entries."""
    with audited(actor=ACTOR, now=at) as trail:
        for number in range(count):
            trail.add(
                Event.TOKEN_HEALTH_CHANGED,
                Subject("token", str(number), f"Token {number}"),
                company=COMPANY,
                old="valid",
                new="failing",
            )
