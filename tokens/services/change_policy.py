"""Changing the numbers of the policy; every due day follows in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput
from tokens.models import Policy, Token
from tokens.models.bulk import update_each
from tokens.policy.days import due_at
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import State
from tokens.services.changes import Changes

#: Inclusive limits per number: beyond ten years nothing here would mean anything.
LIMITS: dict[str, tuple[int, int]] = {
    "rotate_days": (1, 3650),
    "warn_days": (0, 3650),
    "unused_days": (1, 3650),
    "stale_hours": (1, 8760),
    "overlap_days": (0, 3650),
}
_PORTION = 2000


def change_policy(
    *,
    rotate_days: int,
    warn_days: int,
    unused_days: int,
    stale_hours: int,
    overlap_days: int,
    actor: Actor,
    now: datetime,
) -> Policy:
    """Put these numbers in force. Due days of all tokens that are not revoked are computed anew.

    Raises InvalidInput naming the number. Nothing happens, and nothing is audited, where all
    numbers stay as they are. Memory stays flat; a reminder of a moved due day is decided anew.
    """
    numbers = {
        "rotate_days": rotate_days,
        "warn_days": warn_days,
        "unused_days": unused_days,
        "stale_hours": stale_hours,
        "overlap_days": overlap_days,
    }
    check_numbers(numbers)
    with audited(actor=actor, now=now) as trail:
        Policy.objects.get_or_create(pk=1)
        policy = Policy.objects.select_for_update().get(pk=1)
        changes = Changes(policy)
        for name, number in numbers.items():
            changes.set(name, number)
        if changes.save(trail, Event.POLICY_CHANGED):
            _move_due_days(policy.rules())
    return policy


def check_numbers(numbers: dict[str, int]) -> None:
    """Raises InvalidInput naming the first number that makes no sense."""
    for name, (lowest, highest) in LIMITS.items():
        if not lowest <= numbers[name] <= highest:
            raise InvalidInput(f"must be {lowest} to {highest}", field=name)
    if numbers["warn_days"] > numbers["rotate_days"]:
        raise InvalidInput("must not exceed the days of a rotation", field="warn_days")


def _move_due_days(rules: Rules) -> None:
    """Recomputed from the facts by the rule itself, so that whatever was off is right after it."""
    for tokens in _portions():
        moved = []
        for token in tokens:
            due = due_at(
                issued_at=token.issued_at,
                stored_at=token.stored_at,
                rules=rules,
                compromised_at=token.compromised_at,
            )
            if due != token.due_at:
                token.due_at, token.remind_at = due, None
                moved.append(token)
        update_each(Token, moved, ["due_at", "remind_at"])


def _portions() -> Iterator[list[Any]]:
    """All tokens that are not revoked, by id, so that writing does not disturb the walk; with
    `compromised_at` beside their own columns."""
    last: UUID | None = None
    found = Token.objects.exclude(state=State.REVOKED.value).order_by("pk")
    rows = (
        found.only("issued_at", "stored_at", "due_at", "remind_at")
        .annotate(compromised_at=F("secret__compromise__recorded_at"))
        .select_for_update(of=("self",))
    )
    while True:
        portion = list((rows if last is None else rows.filter(pk__gt=last))[:_PORTION])
        if not portion:
            return
        yield portion
        last = portion[-1].pk
