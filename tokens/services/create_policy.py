"""A policy beside the base one, for a part of the inventory or for tokens chosen by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from tokens.audit import Actor, Event, audited
from tokens.audit.anchors import anchor
from tokens.models import AuditEvent, Policy
from tokens.models.policies import thresholds_text
from tokens.models.policy_queries import fits
from tokens.policy.book import BASE, PolicyFacts
from tokens.services.apply_policies import apply_policies
from tokens.services.policy_in_force import rules_in_force
from tokens.services.proposed_policy import check_free, checked, columns_of, lock_policies

#: The id of a policy that is not there yet.
NEW = 0


def create_policy(*, proposal: PolicyFacts, actor: Actor, now: datetime) -> Policy:
    """Put a further policy in force; all tokens that it is the most specific one for follow.

    Raises InvalidInput and AlreadyKnown naming the field.
    """
    proposal = checked(replace(proposal, id=NEW))
    with audited(actor=actor, now=now) as trail:
        lock_policies()
        check_free(proposal)
        policy = Policy.objects.create(pk=_next_number(), **columns_of(proposal))
        among = fits(proposal) if any(proposal.names) else Q(pk__in=[])
        tokens = apply_policies(rules_in_force(), among, now=now)
        trail.add(
            Event.POLICY_CREATED,
            policy,
            **_facts(policy.facts()),
            count=tokens,
        )
    return policy


def _next_number() -> int:
    """Scripts keep numbers, so none is given twice: the audit trail remembers the last one.

    Not the database's own count, which a restore into another database begins anew.
    """
    used = Policy.objects.aggregate(most=Max("pk"))["most"] or BASE
    return 1 + max(BASE, used, last_number())


def last_number() -> int:
    """The highest number that any policy ever had, as the trail tells; entries that were removed
    left it behind."""
    created = AuditEvent.objects.filter(kind=Event.POLICY_CREATED.value).order_by("-id")
    last = created.values_list("subject_id", flat=True).first()
    return max(anchor().last_policy, int(last or BASE))


def _facts(policy: PolicyFacts) -> dict[str, Any]:
    rules = policy.rules
    return {
        "applies_to": policy.about,
        "rotate_days": rules.rotate_days,
        "warn_days": rules.warn_days,
        "unused_days": rules.unused_days,
        "stale_hours": rules.stale_hours,
        "overlap_days": rules.overlap_days,
        "thresholds": thresholds_text(rules.thresholds),
    }
