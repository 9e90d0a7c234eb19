"""Changing a policy, the base one or another; every due day follows in the same transaction."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tokens.audit import Actor, Event, audited
from tokens.models import Policy
from tokens.models.policy_queries import fits
from tokens.policy import numbers as policy_numbers
from tokens.policy.book import BASE, PolicyFacts
from tokens.policy.numbers import LIMITS
from tokens.policy.settings import Rules
from tokens.services.apply_policies import apply_policies
from tokens.services.changes import Changes
from tokens.services.entries import cleaned
from tokens.services.policy_in_force import rules_in_force
from tokens.services.proposed_policy import (
    check_free,
    checked,
    columns_of,
    lock_policies,
    locked_policy,
)

__all__ = ["LIMITS", "change_policy", "check_numbers", "edit_policy"]


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
    """Put these numbers of the base policy in force; its reminders stay as they are.

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
    rules = Rules(**numbers, thresholds=rules_in_force().base.thresholds)
    return edit_policy(proposal=PolicyFacts(BASE, "", rules), actor=actor, now=now)


def edit_policy(*, proposal: PolicyFacts, actor: Actor, now: datetime) -> Policy:
    """Make the policy `proposal.id` what is proposed: its name, its place and all its numbers.

    Raises InvalidInput and AlreadyKnown naming the field, NotFound where there is none. Nothing
    happens where all stays as it is.
    """
    proposal = checked(proposal)
    with audited(actor=actor, now=now) as trail:
        lock_policies()
        policy = locked_policy(proposal.id)
        check_free(proposal)
        before = policy.facts()
        changes = Changes(policy)
        for name, value in columns_of(proposal).items():
            changes.set(name, value)
        if changes.save(trail, Event.POLICY_CHANGED):
            apply_policies(
                rules_in_force(),
                None if proposal.id == BASE else fits(before) | fits(proposal) | _under(policy.pk),
                now=now,
                reminders_of=proposal.id if _reminds_otherwise(before, proposal) else None,
            )
    return policy


def _reminds_otherwise(before: PolicyFacts, after: PolicyFacts) -> bool:
    """Whether something beside the due day moves reminders, those to revoke among them."""
    return any(
        getattr(before.rules, name) != getattr(after.rules, name)
        for name in ("thresholds", "overlap_days")
    )


def _under(policy: int) -> Q:
    return Q(policy=policy) | Q(assigned_policy=policy)


def check_numbers(numbers: dict[str, int]) -> None:
    """Raises InvalidInput naming the first number that makes no sense."""
    cleaned(policy_numbers.check_numbers, numbers)
