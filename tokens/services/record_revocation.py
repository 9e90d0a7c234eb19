"""Record that a person revoked a token in Coolset, and set out to prove that it took effect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from tokens.audit import Actor, Event, Trail, audited
from tokens.errors import InvalidInput, WrongState
from tokens.models import Company, Revocation, Secret, Token
from tokens.policy import revocation as proofs
from tokens.policy.fields import Invalid, clean_email, clean_text
from tokens.policy.two_people import Agreed, Rule
from tokens.policy.vocabulary import Proof, State
from tokens.services.overtaken import settle_overtaken
from tokens.services.two_people import agreed_facts

REASON_LENGTH = 500
#: A person's clock may run a little ahead of ours.
AHEAD = timedelta(minutes=5)


def record_revocation(
    *,
    token: Token,
    reason: str,
    by: str,
    at: datetime | None = None,
    agreed: Agreed | None = None,
    actor: Actor,
    now: datetime,
) -> Revocation:
    """From here on every row of this secret is revoked; only probes begun after `now` prove it.

    The token, its replacement and the company's other active tokens are made due, so that a
    revocation of the wrong one shows at once. A contradicted revocation may be recorded again.
    `agreed`: who asked and who approved, where the two-person rule asks for both; what else waits
    for this value is settled. Raises InvalidInput, WrongState, and NotAllowed where somebody else
    would have to approve.
    """
    reason, by, given = clean_revocation(reason, by, at, now)
    facts = agreed_facts(Rule.REVOCATION, agreed=agreed, actor=actor)
    with audited(actor=actor, now=now) as trail:
        secret = Secret.objects.select_for_update().get(pk=token.secret_id)
        check_recordable(secret)
        people = (agreed.asked_by, agreed.approved_by) if agreed else (actor.name, "")
        revocation = _store(token, secret, reason, by, min(given or now, now), people, now)
        _revoke_rows(secret, revocation, by, reason, facts, trail)
        settle_overtaken(secret.pk, trail=trail, now=now)
        _make_due(token, secret, now)
    return revocation


def clean_revocation(
    reason: str, by: str, at: datetime | None, now: datetime
) -> tuple[str, str, datetime | None]:
    """What somebody says of a revocation, by the rules. Raises InvalidInput (reason, by, at)."""
    try:
        reason = clean_text(reason, "reason", REASON_LENGTH, required=True)
        by = clean_email(by, "by")
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    if not by:
        raise InvalidInput("is required", field="by")
    if at is not None and at > now + AHEAD:
        raise InvalidInput("lies in the future", field="at")
    return reason, by, at


def check_recordable(secret: Secret) -> None:
    """Raises WrongState where its revocation is recorded, and nothing says that it still works."""
    earlier = Revocation.objects.filter(secret=secret).first()
    if earlier is not None and earlier.proof != Proof.CONTRADICTED.value:
        on = f"{earlier.recorded_at.day} {earlier.recorded_at:%b %Y}"
        raise WrongState(f"The revocation of this token is recorded already, on {on}.")


def _store(
    token: Token,
    secret: Secret,
    reason: str,
    by: str,
    at: datetime,
    people: tuple[str, str],
    now: datetime,
) -> Revocation:
    facts = proofs.initial(
        recorded_at=now,
        accepted_before=secret.last_accepted_at is not None,
        held_value=secret.is_held and secret.destroyed_at is None,
    )
    revocation, _ = Revocation.objects.update_or_create(
        secret=secret,
        defaults={
            "token": token,
            "reason": reason,
            "by": by,
            "recorded_by": people[0],
            "approved_by": people[1],
            "revoked_at": at,
            "recorded_at": now,
            "proof": facts.proof.value,
            "proof_reason": facts.reason,
            "last_accepted_at": secret.last_accepted_at,
            "first_refused_at": None,
            "confirmed_at": None,
        },
    )
    return revocation


def _revoke_rows(
    secret: Secret,
    revocation: Revocation,
    by: str,
    reason: str,
    facts: dict[str, Any],
    trail: Trail,
) -> None:
    rows = Token.objects.filter(secret=secret).select_related("company", "integration")
    for row in rows.order_by("pk"):
        trail.add(
            Event.REVOCATION_RECORDED,
            row,
            company=row.company,
            by=by,
            reason=reason,
            at=revocation.revoked_at,
            proof=revocation.proof,
            state=row.state,
            held=secret.is_held,
            **facts,
        )
    Token.objects.filter(secret=secret).update(state=State.REVOKED.value)


def _make_due(token: Token, secret: Secret, now: datetime) -> None:
    """A probe under way began before the recording: its claim is taken away, so it cannot count."""
    Secret.objects.filter(pk=secret.pk).update(claim=None, claimed_until=None)
    companies = Company.objects.filter(tokens__secret=secret)
    replacements = Q(tokens__replaces__secret=secret)
    neighbours = Q(tokens__company__in=companies, tokens__state=State.ACTIVE.value)
    concerned = Secret.objects.filter(Q(pk=secret.pk) | replacements | neighbours)
    Secret.objects.filter(
        Q(throttled_until__isnull=True) | Q(throttled_until__lte=now),
        pk__in=concerned.values("pk"),
        next_check_at__isnull=False,
    ).update(next_check_at=now)
