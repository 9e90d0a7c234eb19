"""Choose the policy of many tokens by hand, or let them go by their place again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, audited
from tokens.errors import InvalidInput
from tokens.models import Policy
from tokens.policy.bulk import BulkAction, skipped
from tokens.services.assign_policy import assign_policy
from tokens.services.bulk.facts import Result, facts_of, portions, read


def assign_policies(
    *, token_ids: Collection[UUID], policy: int | None, actor: Actor, now: datetime
) -> Result:
    """Give these tokens this policy (None: that of their place); one audit entry per token.

    Raises InvalidInput naming `policy` where there is none of that number.
    """
    wanted, result = check_policy(policy), Result()
    for portion in portions(token_ids):
        with audited(actor=actor, now=now):
            rows, chosen = list(read(portion).select_for_update(of=("self",))), []
            result.miss(portion, rows)
            for token in rows:
                if why := skipped(BulkAction.POLICY, facts_of(token), now, wanted=wanted):
                    result.pass_over(token, why)
                else:
                    chosen.append(token.pk)
            if chosen:
                assign_policy(token_ids=chosen, policy=policy, actor=actor, now=now)
                result.done += chosen
    return result


def check_policy(policy: int | None) -> str:
    """What the rules compare with. Raises InvalidInput naming `policy`."""
    if policy is None:
        return ""
    if not Policy.objects.filter(pk=policy).exists():
        raise InvalidInput("is not there (any more)", field="policy")
    return str(policy)
