"""The report for auditors: one frozen object, read with a bounded number of queries."""

from __future__ import annotations

from datetime import datetime

from tokens.policy.book import InForce
from tokens.selectors import report_deeds, report_now, report_policies, report_times
from tokens.selectors.report_shape import Report
from tokens.selectors.span import Span


def report(
    *,
    span: Span,
    rules: InForce,
    instance: str,
    made_by: str,
    now: datetime,
    walk_all: bool = False,
) -> Report:
    """All that was done and known in the span, and how things stand at `now`.

    walk_all: verify the audit trail however long it is. Where the inventory is large, lists are
    cut and say by how much.
    """
    return Report(
        instance=instance,
        made_at=now,
        made_by=made_by,
        span=span,
        share=report_now.share(span, rules, now),
        policies=report_policies.policy_versions(span),
        exceptions=report_deeds.exceptions(span),
        rotations=report_deeds.rotations(span),
        revocations=report_deeds.revocations(span),
        flags=report_now.flag_numbers(rules, now),
        findings=report_now.findings(rules, now),
        compromises=report_times.compromises(span),
        leavers=report_times.leavers(span),
        accounts=report_now.accounts(),
        keys=report_now.keys(now),
        chain=report_now.chain(now, walk_all=walk_all),
    )
