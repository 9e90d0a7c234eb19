"""What approving does, and what keeps it from being done."""

from __future__ import annotations

from datetime import datetime

from tokens.audit import Actor
from tokens.errors import AlreadyKnown, WrongState
from tokens.models import Approval, Token
from tokens.policy.bulk import SKIP_WORDS, BulkAction, Skip, skipped
from tokens.policy.two_people import Agreed, Kind
from tokens.services.api_keys import check_name_is_free
from tokens.services.approvals.touched import tokens_of
from tokens.services.bulk import record_revocations
from tokens.services.bulk.facts import facts_of, lock_secrets, read
from tokens.services.record_revocation import record_revocation

_REVOCATIONS = frozenset({Kind.REVOCATION, Kind.REVOCATIONS})


def hold(approval: Approval) -> None:
    """Lock the values that it is about before its own row, as recording a revocation does: two
    people who act at once wait for each other and do not block each other."""
    if Kind(approval.kind) in _REVOCATIONS:
        lock_secrets(tokens_of(approval))


def nothing_left(approval: Approval, now: datetime) -> str:
    """What changed since it was asked for, where nothing is left to be done with it; else ""."""
    if Kind(approval.kind) not in _REVOCATIONS:
        return ""
    rows = list(read(tokens_of(approval)))
    why = [skipped(BulkAction.REVOCATION, facts_of(row), now) for row in rows]
    if any(each is None for each in why):
        return ""
    words = SKIP_WORDS[Skip.RECORDED] if rows else SKIP_WORDS[Skip.GONE]
    if approval.token_id is None and rows:
        words = "the revocation of each of them is recorded already"
    return f"Nothing is left to approve: {words}."


def left_of(approval: Approval, now: datetime) -> tuple[list[Token], list[tuple[Token, str]]]:
    """The tokens that approving would still record, and those that it would pass over, and why."""
    doable, passed = [], []
    for row in read(tokens_of(approval)):
        why = skipped(BulkAction.REVOCATION, facts_of(row), now)
        if why is None:
            doable.append(row)
        else:
            passed.append((row, SKIP_WORDS[why]))
    return doable, passed


def carry_out(approval: Approval, *, agreed: Agreed, actor: Actor, now: datetime) -> None:
    """Do it, inside the transaction that approves it. Raises WrongState, naming what changed."""
    kind, details = Kind(approval.kind), approval.details
    if kind in _REVOCATIONS:
        at = details["at"]
        given = {"reason": details["reason"], "by": details["by"]}
        moment = datetime.fromisoformat(at) if at else None
        if approval.token is not None:
            record_revocation(
                token=approval.token, **given, at=moment, agreed=agreed, actor=actor, now=now
            )
        else:
            record_revocations(
                token_ids=tokens_of(approval),
                **given,
                at=moment,
                agreed=agreed,
                actor=actor,
                now=now,
            )
    elif kind is Kind.API_KEY:
        _check_name(approval)


def _check_name(approval: Approval) -> None:
    """A key is made when it is collected; that it could be made is looked at before approving."""
    name = approval.details["name"]
    try:
        check_name_is_free(name)
    except AlreadyKnown:
        raise WrongState(
            f"Another key is called “{name}” by now. Refuse this, or revoke that one."
        ) from None
