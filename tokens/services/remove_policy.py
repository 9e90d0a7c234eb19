"""Removing a policy: its tokens go by the next most specific one from then on."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput
from tokens.models import Token
from tokens.policy.book import BASE
from tokens.services.apply_policies import apply_policies
from tokens.services.assign_policy import set_assigned
from tokens.services.policy_in_force import rules_in_force
from tokens.services.proposed_policy import lock_policies, locked_policy


def remove_policy(*, policy_id: int, actor: Actor, now: datetime) -> int:
    """Take a policy out of force; returns how many tokens went by it.

    Tokens that it was chosen for by hand go by their place again, with an entry each. Raises
    NotFound, and InvalidInput for the base policy, which cannot be removed.
    """
    if policy_id == BASE:
        raise InvalidInput("cannot be removed: the base policy is for all tokens", field="policy")
    with audited(actor=actor, now=now) as trail:
        lock_policies()
        policy = locked_policy(policy_id)
        set_assigned(Token.objects.filter(assigned_policy=policy), None, trail)
        tokens = apply_policies(rules_in_force().without(policy_id), Q(policy=policy), now=now)
        # Revoked ones go by no policy any more.
        Token.objects.filter(policy=policy).update(policy=None)
        about = policy.facts().about
        trail.add(Event.POLICY_REMOVED, policy, applies_to=about, count=tokens)
        policy.delete()
    return tokens
