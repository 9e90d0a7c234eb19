"""Counts of the side navigation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.models import Company, Integration, Token
from tokens.policy.book import InForce
from tokens.policy.vocabulary import State
from tokens.selectors.todo_queries import task_counts


@dataclass(frozen=True, slots=True)
class Counts:
    """`tokens` leaves revoked ones out, as the list does where nothing else is asked."""

    tasks: int
    tokens: int
    companies: int
    integrations: int


def counts(rules: InForce, now: datetime) -> Counts:
    """Five counting queries."""
    return Counts(
        tasks=sum(task_counts(rules, now).values()),
        tokens=Token.objects.exclude(state=State.REVOKED.value).count(),
        companies=Company.objects.count(),
        integrations=Integration.objects.count(),
    )
