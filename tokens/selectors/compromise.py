"""A compromised value: its checklist, and what its page and its verdict say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tokens.models import Compromise, Revocation, Rotation, Secret, Token
from tokens.policy.compromise import Item, Progress, Step, checklist
from tokens.policy.days import utc_day
from tokens.policy.revocation import NEVER_WORKED_HERE, NOT_HELD
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Health, Proof, State
from tokens.selectors.facts import Row
from tokens.selectors.verdict_shape import Verdict
from tokens.selectors.within import tokens_within
from tokens.selectors.words import ago, clock, quoted

STEP_WORDS: Mapping[str, str] = {
    Step.ROTATE.value: "Rotate: a new token takes its place",
    Step.DEPLOY.value: "Deploy the new token where the old one was used",
    Step.REVOKE.value: "Revoke this one in Coolset",
    Step.RECORD.value: "Record the revocation here",
    Step.PROOF.value: "Proof: Coolset refuses it",
    Step.LOOK.value: "Look at who used it",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A step with its words; `by` and `at` say who ticked it and when, where somebody did."""

    item: Item
    words: str
    by: str = ""
    at: datetime | None = None


def compromise_of(token: Token) -> Compromise | None:
    """What is recorded of this token's value, if anything is."""
    found: Compromise | None = getattr(token.secret, "compromise", None)
    return found


def lines(compromise: Compromise) -> tuple[Line, ...]:
    """The checklist as the page shows it; one query."""
    return tuple(
        _line(item, compromise.done.get(item.step.value))
        for item in checklist(_progress(compromise), compromise.done)
    )


def _line(item: Item, tick: dict[str, str] | None) -> Line:
    words = STEP_WORDS[item.step.value]
    if tick is None:
        return Line(item, words)
    return Line(item, words, by=tick["by"], at=datetime.fromisoformat(tick["at"]))


def _progress(compromise: Compromise) -> Progress:
    secret = compromise.secret_id
    rows = Token.objects.filter(secret_id=secret)
    deployed = Rotation.objects.filter(token__secret_id=secret, deployed_at__isnull=False)
    found = (
        Secret.objects.filter(pk=secret)
        .select_related("revocation")
        .annotate(
            is_active=Exists(rows.filter(state=State.ACTIVE.value)),
            rotated=_number(Token.objects.filter(replaces__secret_id=secret)),
            deployed=_number(deployed),
        )
        .get()
    )
    revocation: Revocation | None = getattr(found, "revocation", None)
    reason = revocation.proof_reason if revocation else ""
    return Progress(
        replaced=not found.is_active,
        deployed=0 < found.rotated <= found.deployed,
        recorded=revocation is not None,
        confirmed=revocation is not None and revocation.proof == Proof.CONFIRMED.value,
        provable=reason not in {NOT_HELD, NEVER_WORKED_HERE},
    )


def _number(rows: QuerySet[Any]) -> Coalesce:
    one = rows.order_by().annotate(one=Value(1)).values("one")
    return Coalesce(Subquery(one.annotate(n=Count("pk")).values("n")), 0)


def is_told(record: Compromise, token: Token, reach: Reach) -> bool:
    """Whether somebody of this reach may read who said so and why.

    What was recorded while the token was here was said of it, too. What stood before was said of
    another row alone, whose company may be out of sight.
    """
    if reach.whole or record.recorded_at >= token.stored_at:
        return True
    return tokens_within(reach).filter(pk=record.token_id).exists()


def compromised_verdict(
    token: Token, row: Row, now: datetime, reach: Reach = EVERYTHING
) -> Verdict:
    """Who said so and why, whether Coolset still accepts it, and whether it was used since."""
    record = compromise_of(token)
    if record is None:
        raise Compromise.DoesNotExist
    act = "Revoke it now" if row.state == State.REPLACED.value else "Rotate and revoke it now"
    today = utc_day(record.recorded_at) == utc_day(now)
    when = f"{'at' if today else 'on'} {clock(record.recorded_at, now)}"
    said = f"It was recorded {when}, in a company that you cannot see."
    if is_told(record, token, reach):
        said = f"{record.by} said so {when}: {quoted(record.reason)}"
    because = (said, _accepted(row, now), _used(row, record.recorded_at, now))
    title = f"Compromised. {act}."
    return Verdict("red", title, tuple(sentence for sentence in because if sentence))


def _accepted(row: Row, now: datetime) -> str:
    if not row.held:
        return "Nobody holds its value here, so nobody can tell whether it still works."
    if row.health == Health.FAILING.value and row.refused_since is not None:
        return f"Coolset refuses it since {clock(row.refused_since, now)}: record its revocation."
    if row.last_accepted_at is not None:
        return f"Coolset still accepted it {ago(row.last_accepted_at, now)}."
    return "Coolset has not accepted it here so far."


def _used(row: Row, since: datetime, now: datetime) -> str:
    if row.last_used_at is None:
        return ""
    when = "after that" if row.last_used_at > since else "before that"
    return f"It was last seen in use {ago(row.last_used_at, now)}, {when}."
