"""Which policy was in force when: told by the audit trail alone, from the product's defaults on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tokens.audit.anchors import Anchor, anchor
from tokens.models import AuditEvent
from tokens.policy.book import BASE
from tokens.policy.settings import DEFAULT
from tokens.selectors.report_shape import PolicyVersion
from tokens.selectors.span import Span

CHANGED, CREATED, REMOVED = "policy.changed", "policy.created", "policy.removed"
#: What a policy was when the entries that told it were archived and removed.
STATED = "policy.stated"
#: Facts of the entries, and what people call them.
NUMBERS = {
    "rotate_days": "Rotate every (days)",
    "warn_days": "Warn before (days)",
    "unused_days": "Unused after (days)",
    "stale_hours": "Not checked lately after (hours)",
    "overlap_days": "Old and new side by side (days)",
    "thresholds": "Reminded at (days left)",
}
#: Where a policy applies: an entry tells what changed of it, and not the whole as it was then.
PLACE = {"company_id", "integration_id", "company", "integration", "environment", "scope"}
BASE_NAME = "Base policy"


def policy_versions(span: Span) -> tuple[PolicyVersion, ...]:
    """Versions that were in force on any day of the span, policy by policy, in order of time.

    Two queries, three where entries were removed; a version is the time between two changes.
    """
    rows = _changes().filter(at__lt=span.end)
    found = told_by(rows.iterator(), stated(anchor()))
    return tuple(each for each in found if each.until is None or each.until > span.begin)


def standing_at(number: int) -> dict[str, PolicyVersion]:
    """By id, each policy as the entries up to number `number` leave it."""
    rows = _changes().filter(pk__lte=number)
    found, _ = _told(rows.iterator(), stated(anchor()))
    return found


def stated(gone: Anchor) -> dict[str, PolicyVersion]:
    """By id, the policies that stood when entries were removed, as the trail stated them then."""
    if not gone.entry:
        return {}
    rows = AuditEvent.objects.filter(kind=STATED, pk__gt=gone.entry)
    return {row.subject_id: _stated(row, json.loads(row.data)) for row in rows.order_by("id")}


def _changes() -> QuerySet[AuditEvent]:
    found = AuditEvent.objects.filter(kind__in=(CHANGED, CREATED, REMOVED), subject_type="policy")
    return found.order_by("id")


def told_by(
    entries: Iterable[AuditEvent], before: dict[str, PolicyVersion] | None = None
) -> list[PolicyVersion]:
    """All versions that these entries, in order, tell of; `before`: what stood before them."""
    standing, over = _told(entries, before or {})
    policies = sorted({*standing, *over}, key=lambda key: (key != str(BASE), key))
    return [
        version
        for key in policies
        for version in [*over.get(key, []), *([standing[key]] if key in standing else [])]
    ]


def _told(
    entries: Iterable[AuditEvent], before_them: dict[str, PolicyVersion]
) -> tuple[dict[str, PolicyVersion], dict[str, list[PolicyVersion]]]:
    """By id: what stands after these entries, and what stood and is over."""
    standing: dict[str, PolicyVersion] = {str(BASE): _defaults(), **before_them}
    over: dict[str, list[PolicyVersion]] = {}
    for entry in entries:
        facts = json.loads(entry.data)
        before = standing.pop(entry.subject_id, None)
        if before is not None and before.since != entry.at:
            over.setdefault(entry.subject_id, []).append(replace(before, until=entry.at))
        if entry.kind == REMOVED:
            continue
        standing[entry.subject_id] = _version(entry, facts, before)
    return standing, over


def _stated(entry: AuditEvent, facts: dict[str, Any]) -> PolicyVersion:
    return PolicyVersion(
        policy=BASE_NAME if entry.subject_id == str(BASE) else entry.subject_name,
        applies_to=str(facts["applies_to"]),
        since=datetime.fromisoformat(facts["since"]),
        until=None,
        by=str(facts["set_by"]),
        entry=int(facts["entry"]),
        numbers=_shown(facts),
    )


def facts_of(version: PolicyVersion) -> dict[str, Any]:
    """A version as `policy.stated` holds it."""
    names = {label: name for name, label in NUMBERS.items()}
    return {
        **{names[label]: text for label, text in version.numbers},
        "applies_to": version.applies_to,
        "since": version.since,
        "set_by": version.by,
        "entry": version.entry,
    }


def _defaults() -> PolicyVersion:
    numbers = {name: getattr(DEFAULT, name) for name in NUMBERS}
    numbers["thresholds"] = ", ".join(map(str, DEFAULT.thresholds))
    return PolicyVersion(BASE_NAME, "", None, None, "", 0, _shown(numbers))


def _version(
    entry: AuditEvent, facts: dict[str, Any], before: PolicyVersion | None
) -> PolicyVersion:
    if entry.kind == CREATED:
        changed = facts
    else:
        changed = dict(zip(facts.get("fields", ()), facts.get("new", ()), strict=False))
    labels = {label: name for name, label in NUMBERS.items()}
    known = {labels[label]: text for label, text in (before.numbers if before else ())}
    known |= {name: changed[name] for name in NUMBERS if name in changed}
    base = entry.subject_id == str(BASE)
    applies_to = facts.get("applies_to") or (before.applies_to if before else "")
    if PLACE & set(facts.get("fields", ())):
        applies_to = f"what audit entry {entry.pk} says"
    return PolicyVersion(
        policy=BASE_NAME if base else entry.subject_name,
        applies_to="" if base else str(applies_to),
        since=entry.at,
        until=None,
        by=entry.actor_name,
        entry=entry.pk,
        numbers=_shown(known),
    )


def _shown(numbers: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((label, str(numbers[name])) for name, label in NUMBERS.items() if name in numbers)
