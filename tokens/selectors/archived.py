"""What is said where older audit entries are no longer here, and what keeps them here."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Event
from tokens.audit.anchors import Anchor, anchor
from tokens.models import AuditEvent, Company, Compromise, Secret, Token
from tokens.policy.retention import may_be_archived
from tokens.policy.vocabulary import State
from tokens.selectors.companies import not_in_coolsets_list

#: So many are named, the others counted.
NAMED = 5


def archived_since(at: datetime, now: datetime) -> Anchor | None:
    """What holds entries of that moment and later which are no longer here, or None.

    Asks nothing where `at` is too young to be archived, so pages of younger things cost no query.
    """
    if not may_be_archived(at, now):
        return None
    gone = anchor()
    return gone if gone.last_at is not None and at <= gone.last_at else None


def archived() -> Anchor | None:
    """What was removed last, or None where the trail is whole here; one query."""
    gone = anchor()
    return gone if gone.number else None


def still_needed(number: int, last_at: datetime) -> tuple[str, ...]:
    """Why entries up to `number`, none of them after `last_at`, cannot go yet; empty: they can.

    Pages judge by entries in two places: what changed before a token was refused, and which tokens
    were missing in Coolset's own list. What only tells the past may go: pages say where it is.
    """
    return (*_refused(last_at), *_compromised(last_at), *_compared(number))


def _refused(last_at: datetime) -> tuple[str, ...]:
    secrets = Secret.objects.filter(last_accepted_at__lte=last_at)
    bad = secrets.exclude(refused_since=None) | secrets.exclude(suspect_since=None)
    tokens = Token.objects.exclude(state=State.REVOKED.value).filter(secret__in=bad)
    return _said(
        [str(token) for token in tokens.select_related("integration", "company").order_by("pk")],
        "is refused, and what changed before that is shown from them: rotate it, or record that"
        " it was revoked",
    )


def _compromised(last_at: datetime) -> tuple[str, ...]:
    open_ = Compromise.objects.filter(recorded_at__lte=last_at).exclude(
        token__state=State.REVOKED.value
    )
    found = open_.select_related("token__integration", "token__company").order_by("pk")
    return _said(
        [str(each.token) for each in found],
        "is compromised and not revoked, and its checklist is told from them: revoke it",
    )


def _compared(number: int) -> tuple[str, ...]:
    latest = AuditEvent.objects.filter(kind=Event.COMPANY_RECONCILED.value)
    here = set(latest.filter(pk__gt=number).values_list("company_id", flat=True).distinct())
    gone = set(latest.filter(pk__lte=number).values_list("company_id", flat=True).distinct()) - here
    companies = Company.objects.filter(pk__in=gone - {""}).order_by("name")
    return _said(
        [each.name for each in companies if not_in_coolsets_list(each)],
        "has tokens that its last comparison with Coolset did not find: compare it again",
    )


def _said(names: list[str], why: str) -> tuple[str, ...]:
    more = len(names) - NAMED
    shown = [f"{name} {why}" for name in names[:NAMED]]
    return (*shown, f"{more} more like it") if more > 0 else tuple(shown)
