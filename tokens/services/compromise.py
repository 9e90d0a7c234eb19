"""A value that somebody else may have: record it, and keep the checklist of what follows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import Compromise, Secret, Token
from tokens.models.bulk import update_each
from tokens.policy.compromise import BY_HAND, Step
from tokens.policy.days import due_at
from tokens.policy.fields import Invalid, clean_email, clean_text
from tokens.policy.vocabulary import State
from tokens.services.alert import queue_alerts
from tokens.services.chunks import chunks
from tokens.services.policy_in_force import rules_in_force
from tokens.services.snooze import end_snoozes_of

REASON_LENGTH = 500


def mark_compromised(
    *, token: Token, reason: str, by: str, actor: Actor, now: datetime
) -> Compromise:
    """From here on every row of this value is due today and flagged until it is revoked.

    Owners and administrators are mailed at once, and Coolset is asked whether it still accepts the
    value. Raises InvalidInput (fields `reason`, `by`), and WrongState where it is known already or
    the token is revoked.
    """
    reason, by = _clean(reason, by)
    with audited(actor=actor, now=now) as trail:
        secret = Secret.objects.select_for_update().get(pk=token.secret_id)
        _check(token, secret)
        compromise = Compromise.objects.create(
            secret=secret,
            token=token,
            reason=reason,
            by=by,
            recorded_by=actor.name,
            recorded_at=now,
        )
        bring_forward([secret.pk])
        # What an exception silenced is looked at again: it does not silence this value's reminders.
        Token.objects.filter(secret=secret).exclude(excepted_words="").update(remind_at=None)
        end_snoozes_of(secret.pk, trail=trail, actor=actor, now=now)
        _note(compromise, secret, trail)
        _ask_now(secret, now)
        queue_alerts(compromised=[secret.pk], now=now)
    return compromise


def tick_compromise(
    *, token: Token, step: str, done: bool = True, actor: Actor, now: datetime
) -> Compromise:
    """Say that a step of the checklist is done, or not after all; saying it twice is as once.

    Raises InvalidInput (field `step`) for one that nobody can tick, WrongState without a record.
    """
    if step not in BY_HAND:
        words = ", ".join(each.value for each in Step if each in BY_HAND)
        raise InvalidInput(f"must be one of {words}", field="step")
    with audited(actor=actor, now=now) as trail:
        found = Compromise.objects.select_for_update().filter(secret_id=token.secret_id)
        compromise = found.first()
        if compromise is None:
            raise WrongState("Nobody recorded that this token is compromised.")
        if (step in compromise.done) is done:
            return compromise
        if done:
            compromise.done[step] = {"at": now.isoformat(), "by": actor.name}
        else:
            del compromise.done[step]
        compromise.save(update_fields=["done"])
        trail.add(Event.TOKEN_COMPROMISE_STEP, token, step=step, done=done)
    return compromise


def bring_forward(secret_ids: Collection[UUID]) -> None:
    """Rows of compromised values among these become due on that day; the caller's transaction."""
    for portion in chunks(list(secret_ids)):
        _bring_forward(portion)


def _bring_forward(secret_ids: Collection[UUID]) -> None:
    book = rules_in_force()
    rows = Token.objects.exclude(state=State.REVOKED.value).filter(
        secret_id__in=secret_ids, secret__compromise__isnull=False
    )
    moved = []
    for row in rows.annotate(compromised_at=F("secret__compromise__recorded_at")):
        due = due_at(
            issued_at=row.issued_at,
            stored_at=row.stored_at,
            rules=book.of(row.policy_id),
            compromised_at=row.compromised_at,
        )
        if due != row.due_at:
            row.due_at, row.remind_at = due, None
            moved.append(row)
    update_each(Token, moved, ["due_at", "remind_at"])


def _clean(reason: str, by: str) -> tuple[str, str]:
    try:
        reason = clean_text(reason, "reason", REASON_LENGTH, required=True)
        by = clean_email(by, "by")
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    if not by:
        raise InvalidInput("is required", field="by")
    return reason, by


def _check(token: Token, secret: Secret) -> None:
    known = Compromise.objects.filter(secret=secret).first()
    if known is not None:
        at = known.recorded_at
        raise WrongState(f"It is recorded as compromised already, on {at.day} {at:%b %Y}.")
    if not Token.objects.exclude(state=State.REVOKED.value).filter(pk=token.pk).exists():
        raise WrongState("Its revocation is recorded already; that is all there is to do.")


def _note(compromise: Compromise, secret: Secret, trail: Trail) -> None:
    rows = Token.objects.filter(secret=secret).select_related("company", "integration")
    for row in rows.order_by("pk"):
        trail.add(
            Event.TOKEN_COMPROMISED,
            row,
            company=row.company,
            integration=row.integration.name,
            environment=row.environment,
            by=compromise.by,
            reason=compromise.reason,
            state=row.state,
            held=secret.is_held,
            due_at=row.due_at,
        )


def _ask_now(secret: Secret, now: datetime) -> None:
    Secret.objects.filter(
        Q(throttled_until__isnull=True) | Q(throttled_until__lte=now),
        pk=secret.pk,
        next_check_at__gt=now,
    ).update(next_check_at=now)
