"""Each act on many tokens with the service that does it, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tokens.audit import Actor
from tokens.models import Approval
from tokens.policy.bulk import BulkAction
from tokens.services.approvals import ask_revocations
from tokens.services.bulk import (
    Result,
    assign_owner,
    assign_policies,
    record_revocations,
    request_checks,
)
from tokens.web.dispatch import wake_worker
from tokens.web.token_fields import as_utc

Act = Callable[[list[UUID], Mapping[str, Any], Actor, datetime], Result]


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages say: of the button in the list, of the page, of its end; `will` and `did`
    follow a number of tokens."""

    button: str
    title: str
    will: str
    did: str
    about: str


WORDS: dict[BulkAction, Words] = {
    BulkAction.CHECK: Words(
        "Check",
        "Check tokens",
        "would be checked",
        "will be checked in a moment",
        "Each spends one of the thousand requests an hour that Coolset allows its token.",
    ),
    BulkAction.OWNER: Words(
        "Assign owner",
        "Assign an owner",
        "would change hands",
        "changed hands",
        "Reminders go to the new owner, who is not reminded again of what was done already.",
    ),
    BulkAction.POLICY: Words(
        "Change policy",
        "Change the policy",
        "would go by another policy",
        "go by another policy",
        "Due days move with it, and reminders with them.",
    ),
    BulkAction.REVOCATION: Words(
        "Record revocation",
        "Record revocations",
        "would be recorded as revoked",
        "are recorded as revoked",
        "Nothing here can revoke a token: do that in Coolset first, under Settings → API Tokens."
        " Then Coolset is asked about each until it refuses it twice.",
    ),
}


def _check(ids: list[UUID], _: Mapping[str, Any], actor: Actor, now: datetime) -> Result:
    result = request_checks(token_ids=ids, actor=actor, now=now)
    wake_worker("tokens.sweep")
    return result


def _owner(ids: list[UUID], given: Mapping[str, Any], actor: Actor, now: datetime) -> Result:
    return assign_owner(token_ids=ids, owner_email=given["owner_email"], actor=actor, now=now)


def _policy(ids: list[UUID], given: Mapping[str, Any], actor: Actor, now: datetime) -> Result:
    chosen = int(given["policy"]) if given["policy"] else None
    return assign_policies(token_ids=ids, policy=chosen, actor=actor, now=now)


def _revocation(ids: list[UUID], given: Mapping[str, Any], actor: Actor, now: datetime) -> Result:
    result = record_revocations(
        token_ids=ids,
        reason=given["reason"],
        by=given["by"],
        at=as_utc(given["at"]),
        actor=actor,
        now=now,
    )
    wake_worker("tokens.sweep")
    return result


def ask_together(
    ids: list[UUID], given: Mapping[str, Any], actor: Actor, now: datetime
) -> Approval:
    """Ask another person to approve that these revocations are recorded."""
    return ask_revocations(
        token_ids=ids,
        reason=given["reason"],
        by=given["by"],
        at=as_utc(given["at"]),
        actor=actor,
        now=now,
    )


ACTS: dict[BulkAction, Act] = {
    BulkAction.CHECK: _check,
    BulkAction.OWNER: _owner,
    BulkAction.POLICY: _policy,
    BulkAction.REVOCATION: _revocation,
}
