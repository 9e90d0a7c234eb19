"""Addresses that the mail server refuses: which of them matter, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tokens.models import (
    Account,
    Integration,
    Mail,
    MailStatus,
    Person,
    RefusedAddress,
    Token,
)
from tokens.notifications.problems import PROBLEMS
from tokens.policy.vocabulary import State

#: So many are listed; a mail server that refuses more is down in another way.
LISTED = 200
LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Refused:
    """One address, since when, why in words, how many tokens in force it owns and mails wait.

    `matters`: somebody would mail it. `person`: its page, None for an account alone.
    """

    email: str
    since: datetime
    last_at: datetime
    problem: str
    tokens: int
    mails: int
    matters: bool
    person: UUID | None


def _owned() -> QuerySet[Token]:
    in_force = Token.objects.exclude(state=State.REVOKED.value)
    return in_force.filter(owner__email=OuterRef("email"))


def _needed() -> Q:
    second = Integration.objects.filter(second_contact__email=OuterRef("email"))
    accounts = Account.objects.administrators().filter(email=OuterRef("email"))
    return Q(Exists(_owned())) | Q(Exists(second)) | Q(Exists(accounts))


def that_matter(now: datetime) -> QuerySet[RefusedAddress]:
    """Those of owners of tokens in force, second contacts and administrators, refused lately.

    While a mail waits for an address it is tried every day; where none does, nobody knows after a
    while whether it is refused still.
    """
    return RefusedAddress.objects.filter(_needed(), last_at__gte=now - LATELY)


def refused_addresses() -> list[Refused]:
    """All of them, the longest refused first; one query."""
    waiting = Mail.objects.filter(recipient=OuterRef("email"), status=MailStatus.REFUSED.value)
    rows = RefusedAddress.objects.annotate(
        tokens=_counted(_owned().values("owner__email")),
        mails=_counted(waiting.values("recipient")),
        matters=_needed(),
        person=Subquery(Person.objects.filter(email=OuterRef("email")).values("pk")[:1]),
    ).order_by("since", "email")
    return [
        Refused(
            email=row.email,
            since=row.since,
            last_at=row.last_at,
            problem=PROBLEMS.get(row.problem, row.problem),
            tokens=row.tokens,
            mails=row.mails,
            matters=row.matters,
            person=row.person,
        )
        for row in rows[:LISTED]
    ]


def _counted(grouped: QuerySet[Any, Any]) -> Coalesce:
    counted = grouped.order_by().annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
