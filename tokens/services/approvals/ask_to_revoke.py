"""Asking another person to approve that revocations are recorded, of one token or of several."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from tokens.audit import Actor, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import Approval, Company, Secret, Token
from tokens.policy.bulk import BulkAction, skipped
from tokens.policy.two_people import MOST_TOKENS, Kind, Outcome
from tokens.services.approvals.asking import write_request
from tokens.services.approvals.lapse import lapse_of_token
from tokens.services.approvals.touched import companies_touched
from tokens.services.bulk.facts import facts_of, lock_secrets, read
from tokens.services.record_revocation import check_recordable, clean_revocation


def ask_revocation(
    *,
    token: Token,
    reason: str,
    by: str,
    at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Ask that the revocation of this token be recorded; nothing changes before it is approved.

    Raises InvalidInput (fields reason, by, at), and WrongState where it is recorded already or
    somebody has asked before.
    """
    reason, by, at = clean_revocation(reason, by, at, now)
    with audited(actor=actor, now=now) as trail:
        secret = Secret.objects.select_for_update().get(pk=token.secret_id)
        check_recordable(secret)
        lapse_of_token(token, trail=trail, now=now)
        waiting = _waiting_for(token)
        if waiting is not None:
            raise WrongState(
                f"{waiting.asked_by} has asked for it already; it waits for another person."
            )
        row = Token.objects.select_related("company", "integration").get(pk=token.pk)
        return write_request(
            Kind.REVOCATION,
            about=f"Revocation of {row}",
            details=_details(reason, by, at),
            actor=actor,
            trail=trail,
            now=now,
            facts={"reason": reason, "by": by},
            token=row,
            company=_company([row]),
        )


def ask_revocations(
    *,
    token_ids: Collection[UUID],
    reason: str,
    by: str,
    at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Approval:
    """The same for several at once, as one request; who cannot follow is left out.

    Raises InvalidInput (fields reason, by, at, number) and WrongState where nothing is left.
    """
    reason, by, at = clean_revocation(reason, by, at, now)
    ids = sorted(set(token_ids))
    if len(ids) > MOST_TOKENS:
        raise InvalidInput(
            f"must be {MOST_TOKENS} or less: another person has to look at them", field="number"
        )
    with audited(actor=actor, now=now) as trail:
        lock_secrets(ids)
        rows = [row for row in read(ids) if not skipped(BulkAction.REVOCATION, facts_of(row), now)]
        if not rows:
            raise WrongState("Nothing is left to record: all of them are recorded already.")
        number = len(rows)
        return write_request(
            Kind.REVOCATIONS,
            about=f"Revocation of {number} token{'' if number == 1 else 's'}",
            details={**_details(reason, by, at), "tokens": [str(row.pk) for row in rows]},
            actor=actor,
            trail=trail,
            now=now,
            facts={"reason": reason, "by": by, "count": number},
            company=_company(rows),
        )


def _waiting_for(token: Token) -> Approval | None:
    """One that waits for the same value, whichever of its rows was asked about."""
    waiting = Approval.objects.filter(outcome=Outcome.ASKED.value)
    return waiting.filter(token__secret=token.secret_id).first()


def _company(rows: list[Token]) -> Company | None:
    """The one company that it touches; None where there are several."""
    touched = companies_touched([row.pk for row in rows])
    return rows[0].company if touched == {rows[0].company_id} else None


def _details(reason: str, by: str, at: datetime | None) -> dict[str, Any]:
    return {"reason": reason, "by": by, "at": at.isoformat() if at else None}
