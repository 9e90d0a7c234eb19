"""Correcting what is written about a token. Company, integration, environment and scope stay: a
seal is tied to them, and a token of another scope is another token."""

from datetime import datetime
from uuid import UUID

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import AlreadyKnown, NotFound, WrongState
from tokens.models import Compromise, Token
from tokens.models.tokens import PLACE
from tokens.policy.days import due_at
from tokens.policy.register import clean_label, clean_url, clean_where
from tokens.policy.vocabulary import State
from tokens.services.changes import UNSET, Changes, Unset
from tokens.services.entries import check_issued, cleaned
from tokens.services.known_values import place_of
from tokens.services.people import person_for
from tokens.services.policy_in_force import rules_in_force


def edit_token(
    *,
    token: Token,
    actor: Actor,
    now: datetime,
    owner_email: str | Unset = UNSET,
    label: str | Unset = UNSET,
    where: str | Unset = UNSET,
    runbook_url: str | Unset = UNSET,
    issued_at: datetime | Unset | None = UNSET,
) -> Token:
    """Change what is given; an empty owner e-mail makes it ownerless, a corrected issue day moves
    the due day.

    Raises InvalidInput or AlreadyKnown, with the argument's name as the field, and WrongState for
    a revoked token, of which nothing is to be changed any more.
    """
    with audited(actor=actor, now=now) as trail:
        row = _locked(token.pk)
        if not isinstance(owner_email, Unset):
            _set_owner(row, owner_email, trail, now)
        changes = Changes(row)
        if not isinstance(label, Unset):
            changes.set("label", _free_label(row, label))
        if not isinstance(where, Unset):
            changes.set("where", cleaned(clean_where, where))
        if not isinstance(runbook_url, Unset):
            changes.set("runbook_url", cleaned(clean_url, runbook_url))
        if not isinstance(issued_at, Unset):
            _set_issued(changes, row, issued_at, now)
        changes.save(trail, Event.TOKEN_EDITED)
    return row


def _locked(pk: UUID) -> Token:
    rows = Token.objects.select_related("company", "integration", "owner", "secret")
    row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such token.")
    if row.state == State.REVOKED.value:
        raise WrongState("A revoked token cannot be changed any more.")
    return row


def _set_owner(row: Token, email: str, trail: Trail, now: datetime) -> None:
    old, new = row.owner, person_for(email, field="owner_email", trail=trail, now=now)
    if old == new:
        return
    row.owner = new
    row.save(update_fields=["owner"])
    trail.add(
        Event.TOKEN_OWNER_CHANGED, row, old=(old and old.email) or "", new=(new and new.email) or ""
    )


def _set_issued(changes: Changes, row: Token, issued_at: datetime | None, now: datetime) -> None:
    cleaned(check_issued, issued_at, now)
    if changes.set("issued_at", issued_at):
        compromise = Compromise.objects.filter(secret_id=row.secret_id).first()
        due = due_at(
            issued_at=issued_at,
            stored_at=row.stored_at,
            rules=rules_in_force().of(row.policy_id),
            compromised_at=compromise.recorded_at if compromise else None,
        )
        if changes.set("due_at", due):
            # The reminders' planner looks at the token anew.
            Token.objects.filter(pk=row.pk).update(remind_at=None)


def _free_label(row: Token, label: str) -> str:
    label = cleaned(clean_label, label)
    place = {name: getattr(row, name) for name in PLACE} | {"label": label}
    taken = Token.objects.filter(state=State.ACTIVE.value, **place).exclude(pk=row.pk)
    if row.state == State.ACTIVE.value and (other := taken.first()) is not None:
        raise AlreadyKnown(
            f"must differ, an active token of this scope is there already: {place_of(other)}",
            field="label",
        )
    return label
