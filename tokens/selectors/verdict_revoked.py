"""The verdict on a token that is recorded as revoked: proved, not proved, or still working."""

from __future__ import annotations

from datetime import datetime

from tokens.models import Revocation, Token
from tokens.policy.revocation import NEVER_WORKED_HERE, NOT_HELD
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Proof
from tokens.selectors.facts import Row
from tokens.selectors.verdict_shape import Verdict
from tokens.selectors.words import clock, quoted
from tokens.selectors.wrong_target import behind_contradiction

LIMIT = "This proves that the Accounts API refuses this value, not who revoked it."


def revoked_verdict(token: Token, row: Row, now: datetime, reach: Reach = EVERYTHING) -> Verdict:
    record = Revocation.objects.filter(secret_id=token.secret_id).select_related(
        "token__company", "token__integration"
    ).first()  # fmt: skip
    if record is None:
        return Verdict("amber", "Revoked, and nobody recorded when.")
    said = f"{record.by} recorded it, {clock(record.recorded_at, now)}: {quoted(record.reason)}"
    if record.proof == Proof.CONTRADICTED.value:
        return _contradicted(record, row, said, now, reach)
    if record.proof == Proof.CONFIRMED.value:
        return _confirmed(token, record, said, now, reach)
    return Verdict("grey", "Revocation recorded, not proven.", (said, _not_proven(record, now)))


def _contradicted(record: Revocation, row: Row, said: str, now: datetime, reach: Reach) -> Verdict:
    revoked = clock(record.revoked_at, now)
    seen = row.last_accepted_at or record.contradicted_at or record.recorded_at
    return Verdict(
        tone="red",
        title="This token still works!",
        because=(
            said,
            f"It was said to be revoked since {revoked}.",
            f"Coolset accepted it after that, last at {clock(seen, now)}.",
            "Revoke it again in Coolset, then record that.",
        ),
        wrong_targets=behind_contradiction(record, reach=reach),
    )


def _confirmed(token: Token, record: Revocation, said: str, now: datetime, reach: Reach) -> Verdict:
    count = record.witness_count
    others = "1 other token was" if count == 1 else f"{count} other tokens were"
    if not reach.whole:  # they may be of companies out of sight, their number too
        others = "other tokens were"
    because = [said]
    if record.last_accepted_at and record.first_refused_at and record.confirmed_at:
        because.append(
            f"Last accepted {clock(record.last_accepted_at, now)}, first refused "
            f"{clock(record.first_refused_at, now)}, and again {clock(record.confirmed_at, now)}; "
            f"{others} accepted in those minutes."
        )
    because.append(LIMIT)
    if token.secret.destroyed_at is not None:
        because.append(f"Our copy was destroyed on {clock(token.secret.destroyed_at, now)}.")
    return Verdict("ok", "Revoked, and Coolset refuses it.", tuple(because))


def _not_proven(record: Revocation, now: datetime) -> str:
    if record.proof_reason == NOT_HELD:
        return "Nobody holds this value here, so nothing can prove it."
    if record.proof_reason == NEVER_WORKED_HERE:
        return "Coolset never accepted this value here, so a refusal proves nothing."
    if record.first_refused_at is not None:
        first = clock(record.first_refused_at, now)
        return f"Refused once since, at {first}; a second refusal proves it."
    return "No check since then has answered; two refusals prove it."
