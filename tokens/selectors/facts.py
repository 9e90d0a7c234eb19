"""One row of the inventory as list, export and API show it; flags and days by the pure policy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import Token
from tokens.models.excepted import read_excepted
from tokens.policy.book import InForce, book_of
from tokens.policy.days import age_days, days_left
from tokens.policy.flags import TokenFacts, can_tell_use, flags
from tokens.policy.logs import Cover
from tokens.policy.people import gone_from
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import INACTIVE, Environment, Flag, Health, Proof, State
from tokens.selectors.columns import COLUMNS, tuples

#: Rows fetched at a time while streaming: memory stays flat, the database is asked rarely.
CHUNK = 500


class Row(NamedTuple):
    """A token as it is shown. Moments are aware UTC; emails and names are "" where there are none.

    `age_is_least`: nobody knows the issue day, so the age counts from storing ("at least").
    `use_can_be_told`: a source that can see use is live; where not, pages say "cannot tell".
    `policy_id`: None where the base policy holds; `rules`: the numbers that hold for this token.
    """

    id: UUID
    company_id: UUID
    company: str
    workspace_id: int | None
    integration_id: UUID
    integration: str
    environment: str
    scope: str
    label: str
    owner_email: str
    created_by_email: str
    hint: str
    replaces: UUID | None
    state: str
    health: str
    flags: tuple[str, ...]
    issued_at: datetime | None
    age_days: int
    due_at: datetime
    days_left: int
    last_checked_at: datetime | None
    last_outcome: str
    last_conclusive_at: datetime | None
    last_used_at: datetime | None
    last_used_evidence: str
    revoked_at: datetime | None
    revocation_proof: str
    secret_id: UUID
    held: bool
    stored_at: datetime
    replaced_at: datetime | None
    refused_since: datetime | None
    last_accepted_at: datetime | None
    contradicted_at: datetime | None
    use_can_be_told: bool
    facts: TokenFacts
    permission_lost_at: datetime | None
    policy_id: int | None
    rules: Rules
    snoozed_until: date | None

    @property
    def age_is_least(self) -> bool:
        return self.issued_at is None


def row_of(values: tuple[Any, ...], rules: InForce, now: datetime) -> Row:
    """A row from the tuple of one `columns.COLUMNS`; what is computed is computed by the policy."""
    (
        token_id, company_id, company, workspace_id, workspace_type, integration_id, integration,
        reported_at, environment, scope, label, owner, owner_leaving, owner_left, created_by,
        creator_leaving, creator_left, hint, replaces, state, issued_at, stored_at,
        due_at, replaced_at, mismatch, secret_id, fingerprint, destroyed_at, health, refused_since,
        checked_at,
        outcome, conclusive_at, accepted_at, used_at, evidence, live_until, logs_since,
        logs_until, shared, mixed, permission_lost_at,
        revoked_at, proof, contradicted_at, compromised_at, policy_id, snoozed_until, excepted,
    ) = values  # fmt: skip
    own = book_of(rules).of(policy_id)
    # What was destroyed after its proof was held; what was erased before is not, any more.
    held = fingerprint is not None and (destroyed_at is None or state == _REVOKED)
    facts = TokenFacts(
        state=STATES[state],
        environment=ENVIRONMENTS[environment],
        due_at=due_at,
        issued_at=issued_at,
        stored_at=stored_at,
        replaced_at=replaced_at,
        has_owner=owner is not None,
        held=held,
        health=HEALTHS[health],
        accepted_before=accepted_at is not None,
        last_conclusive_at=conclusive_at,
        last_used_at=used_at,
        integration_reports=reported_at is not None,
        headers_live_until=live_until,
        logs=Cover(logs_since, logs_until) if logs_since and logs_until else None,
        shared=shared,
        mixed_environments=mixed,
        company_mismatch=mismatch,
        proof=PROOFS[proof or "none"],
        owner_gone_from=gone_from(owner_leaving, owner_left),
        creator_gone_from=gone_from(creator_leaving, creator_left),
        permission_lost=permission_lost_at is not None,
        workspace_inactive=workspace_type == INACTIVE,
        compromised_at=compromised_at,
        excepted=read_excepted(excepted),
    )
    return Row(
        token_id, company_id, company, workspace_id, integration_id, integration, environment,
        scope, label, owner or "", created_by or "", hint, replaces, state, health,
        tuple([FLAG_WORDS[flag] for flag in flags(facts, own, now)]), issued_at,
        age_days(issued_at=issued_at, stored_at=stored_at, now=now), due_at,
        days_left(due_at, now), checked_at, outcome, conclusive_at, used_at, evidence, revoked_at,
        proof or "none", secret_id, held, stored_at, replaced_at, refused_since,
        accepted_at, contradicted_at, can_tell_use(facts, own, now), facts,
        permission_lost_at, policy_id, own, snoozed_until,
    )  # fmt: skip


def rows(queryset: QuerySet[Token], rules: InForce, now: datetime) -> Iterator[Row]:
    """Stream the queryset's tokens in its order, in one query, with flat memory."""
    book = book_of(rules)
    for values in tuples(queryset).iterator(chunk_size=CHUNK):
        yield row_of(values, book, now)


_REVOKED = State.REVOKED.value
# Looking a word up is several times cheaper than calling an enumeration, at 25,000 rows a second.
STATES = {word.value: word for word in State}
ENVIRONMENTS = {word.value: word for word in Environment}
HEALTHS = {word.value: word for word in Health}
PROOFS = {word.value: word for word in Proof}
FLAG_WORDS = {word: word.value for word in Flag}


def one(token_id: UUID, rules: InForce, now: datetime) -> Row | None:
    """The row of one token, or None where there is no such token."""
    return next(rows(Token.objects.filter(pk=token_id), rules, now), None)


def of_token(token: Token, rules: InForce, now: datetime) -> Row:
    """The row of a token that was read with all that COLUMNS name; what was not costs a query."""
    return row_of(tuple(_reached(token, path) for path in COLUMNS), rules, now)


def _reached(token: Token, path: str) -> Any:
    found: Any = token
    for name in path.split("__"):
        # A missing row at the other end of a one-to-one relation is an AttributeError, too.
        found = getattr(found, name, None)
    return found
