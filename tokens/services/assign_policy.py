"""Choosing the policy of some tokens by hand, or letting them go by their place again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, NotFound, WrongState
from tokens.models import Policy, Token
from tokens.policy.vocabulary import State
from tokens.services.apply_policies import apply_policies
from tokens.services.chunks import chunks
from tokens.services.policy_in_force import rules_in_force
from tokens.services.proposed_policy import lock_policies, locked_policy

BY_PLACE = "by its place"


def assign_policy(
    *, token_ids: Collection[UUID], policy: int | None, actor: Actor, now: datetime
) -> int:
    """Choose this policy for these tokens, all or none; None: they go by their place again.

    Policy 1 is the base policy, which may be chosen, too. One audit entry per token that changes;
    returns how many do. Raises InvalidInput without tokens (`tokens`), NotFound for a token or
    policy that is not there, and WrongState where one of the tokens is revoked.
    """
    ids = set(token_ids)
    if not ids:
        raise InvalidInput("choose at least one", field="tokens")
    with audited(actor=actor, now=now) as trail:
        lock_policies()
        chosen = None if policy is None else locked_policy(policy)
        changed = 0
        for portion in chunks(sorted(ids)):
            rows = Token.objects.filter(pk__in=portion)
            _check(rows, len(portion))
            changed += set_assigned(rows, chosen, trail)
            apply_policies(rules_in_force(), Q(pk__in=portion), now=now)
    return changed


def set_assigned(rows: QuerySet[Token], policy: Policy | None, trail: Trail) -> int:
    """Write the choice, with an entry per token that changes; the caller applies the policies."""
    found = rows.select_related("company", "integration", "assigned_policy").order_by("pk")
    changed = []
    for row in found.select_for_update(of=("self",)):
        if row.assigned_policy_id == (policy.pk if policy else None):
            continue
        changed.append(row.pk)
        trail.add(
            Event.TOKEN_POLICY_CHANGED,
            row,
            company=row.company,
            old=str(row.assigned_policy or BY_PLACE),
            new=str(policy or BY_PLACE),
        )
    for portion in chunks(changed):
        Token.objects.filter(pk__in=portion).update(assigned_policy=policy)
    return len(changed)


def _check(rows: QuerySet[Token], number: int) -> None:
    states = list(rows.values_list("state", flat=True))
    if len(states) != number:
        raise NotFound("There is no such token.")
    if State.REVOKED.value in states:
        raise WrongState("A revoked token goes by no policy any more.")
