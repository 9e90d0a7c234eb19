"""The gate of the two-person rule: services that it holds for ask here before they do anything."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from tokens.audit import Actor
from tokens.errors import NotAllowed
from tokens.policy.two_people import EXEMPT, Agreed, Rule, needs_another


def rule_in_force() -> frozenset[Rule]:
    """What the host has switched the rule on for."""
    found: frozenset[Rule] = settings.TWO_PERSON_RULE
    return found


def asks_another(rule: Rule, actor: Actor) -> bool:
    """Whether this actor has to ask somebody else, instead of doing it."""
    return needs_another(rule, rule_in_force(), actor.kind)


def agreed_facts(rule: Rule, *, agreed: Agreed | None, actor: Actor) -> dict[str, Any]:
    """What the audit entry says of the rule: both people, or that the host's own user is exempt.

    Raises NotAllowed where the rule holds for this actor and nobody else has approved, so that no
    page can forget to ask.
    """
    if agreed is not None:
        return {"asked_by": agreed.asked_by, "approved_by": agreed.approved_by}
    if asks_another(rule, actor):
        raise NotAllowed("Two people are needed for this: another one has to approve it first.")
    exempt = rule in rule_in_force() and actor.kind == "command"
    return {"two_people": EXEMPT} if exempt else {}
