"""Bringing tokens in line with the policies: which one holds for each, and when it is due then."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from tokens.models import Token
from tokens.models.bulk import update_each
from tokens.models.policy_queries import chosen
from tokens.policy.book import BASE, Book
from tokens.policy.days import due_at
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks
from tokens.services.policy_in_force import choice_for, rules_in_force
from tokens.services.proposed_policy import lock_policies

log = logging.getLogger(__name__)

_PORTION = 2000
_COLUMNS = (
    "company", "integration", "environment", "scope", "policy", "assigned_policy",
    "policy_since", "issued_at", "stored_at", "due_at", "remind_at",
)  # fmt: skip


def apply_policies(
    book: Book, among: Q | None = None, *, now: datetime, reminders_of: int | None = None
) -> int:
    """Compute the policy and the due day of all tokens `among` that are not revoked anew, from the
    facts by the rule itself; returns to how many another policy applies now.

    Memory stays flat. A reminder of a moved due day, of another policy, or of one that reminds on
    other days now (`reminders_of`; 1: the base), is decided anew. The caller owns the transaction.
    """
    moved = 0
    for tokens in _portions(Q() if among is None else among):
        written = []
        for token in tokens:
            before = token.policy_id, token.due_at
            renewed = reminders_of is not None and (token.policy_id or BASE) == reminders_of
            _bring_in_line(token, book)
            if token.policy_id != before[0]:
                token.policy_since = now
                moved += 1
            if renewed or (token.policy_id, token.due_at) != before:
                token.remind_at = None
                written.append(token)
        update_each(Token, written, ["policy", "policy_since", "due_at", "remind_at"])
    return moved


def align_policies(*, now: datetime) -> int:
    """Hourly: a token that was stored while a policy changed may go by the one before; returns how
    many did. One query where all is well."""
    found = Token.objects.exclude(state=State.REVOKED.value)
    then = found.alias(then=chosen(rules_in_force()), held=Coalesce("policy_id", Value(BASE)))
    strays = list(then.exclude(then=F("held")).values_list("pk", flat=True))
    if not strays:
        return 0
    with transaction.atomic():
        lock_policies()
        book = rules_in_force()
        moved = sum(apply_policies(book, Q(pk__in=ids), now=now) for ids in chunks(strays))
    log.warning("tokens that went by a policy of before: %d", moved)
    return moved


def _bring_in_line(token: Any, book: Book) -> None:
    choice = choice_for(token, book)
    token.policy_id = choice.policy
    token.due_at = due_at(
        issued_at=token.issued_at,
        stored_at=token.stored_at,
        rules=choice.rules,
        compromised_at=token.compromised_at,
    )


def _portions(among: Q) -> Iterator[list[Any]]:
    """Tokens that are not revoked, by id, so that writing does not disturb the walk; with
    `compromised_at` beside their own columns."""
    last: UUID | None = None
    found = Token.objects.filter(among).exclude(state=State.REVOKED.value).order_by("pk")
    rows = (
        found.only(*_COLUMNS)
        .annotate(compromised_at=F("secret__compromise__recorded_at"))
        .select_for_update(of=("self",))
    )
    while True:
        portion = list((rows if last is None else rows.filter(pk__gt=last))[:_PORTION])
        if not portion:
            return
        yield portion
        last = portion[-1].pk
