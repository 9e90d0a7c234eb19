"""Troubles that are told at once, and since when each of them lasts."""

from datetime import UTC, datetime
from enum import StrEnum

from tokens.models import Compromise, NoticeKind, Revocation, Secret, Token
from tokens.policy.vocabulary import Health, Outcome, Proof, State

#: The occasion of a value that could never be read since it was stored.
NEVER = "never"

#: The most severe first: a mail of several kinds is named after the first of them.
SEVERITY = (
    NoticeKind.COMPROMISED,
    NoticeKind.CONTRADICTED,
    NoticeKind.FAILING,
    NoticeKind.INCIDENT,
    NoticeKind.BEHIND,
    NoticeKind.UNREADABLE,
)


class Work(StrEnum):
    """Work of the product itself that can be behind."""

    CHECKS = "checks"
    MAIL = "mail"


def standing(work: Work) -> str:
    """The pulse that holds since when this work stands still; there is none while it goes on."""
    return f"behind_{work.value}"


def behind_occasion(work: Work, since: datetime) -> str:
    """One outage of one work, as the ledger writes it."""
    return f"{work.value} {occasion(since)}"


def read_behind(text: str) -> tuple[Work, datetime]:
    """The reverse of `behind_occasion`."""
    word, _, since = text.partition(" ")
    return Work(word), datetime.fromisoformat(since)


def occasion(moment: datetime) -> str:
    """A moment as the ledger writes it: UTC, ISO 8601."""
    return moment.astimezone(UTC).isoformat()


def trouble(kind: NoticeKind, token: Token) -> str | None:
    """The occasion of this kind of trouble as `token` has it now; None where it has none.

    Needs the token with its secret, and for a contradicted revocation that, too.
    """
    secret = token.secret
    if kind is NoticeKind.COMPROMISED:
        return _compromised(token)
    if kind is NoticeKind.FAILING:
        failing = token.state == State.ACTIVE.value and secret.health == Health.FAILING.value
        return occasion(secret.refused_since) if failing and secret.refused_since else None
    if kind is NoticeKind.CONTRADICTED:
        return _contradicted(secret)
    if kind is NoticeKind.UNREADABLE:
        return _unreadable(secret)
    return None


def _compromised(token: Token) -> str | None:
    compromise = compromise_of(token.secret)
    if compromise is None or token.state == State.REVOKED.value:
        return None
    return occasion(compromise.recorded_at)


def _contradicted(secret: Secret) -> str | None:
    revocation = revocation_of(secret)
    if revocation is None or revocation.proof != Proof.CONTRADICTED.value:
        return None
    return occasion(revocation.contradicted_at) if revocation.contradicted_at else None


def revocation_of(secret: Secret) -> Revocation | None:
    """The recorded revocation of a secret, if there is one."""
    found: Revocation | None = getattr(secret, "revocation", None)
    return found


def compromise_of(secret: Secret) -> Compromise | None:
    """What is recorded of a value that somebody should not have, if anything is."""
    found: Compromise | None = getattr(secret, "compromise", None)
    return found


def _unreadable(secret: Secret) -> str | None:
    if secret.last_outcome != Outcome.UNREADABLE.value or secret.destroyed_at is not None:
        return None
    # An outbreak begins after the last answer that counted, so that it is told once and not hourly.
    return occasion(secret.last_conclusive_at) if secret.last_conclusive_at else NEVER
