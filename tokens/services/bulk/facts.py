"""From rows to the policy's facts, and how what was done is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import Secret, Token
from tokens.models.bulk import among
from tokens.policy.bulk import BulkFacts, Skip
from tokens.policy.vocabulary import Proof, State
from tokens.services.chunks import chunks

PORTION = 250


@dataclass(frozen=True, slots=True)
class Passed:
    """A token that was passed over, and why."""

    token_id: UUID
    name: str
    why: Skip


@dataclass(slots=True)
class Result:
    """What became of a selection: ids of those done, and those passed over."""

    done: list[UUID] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)

    def pass_over(self, token: Token, why: Skip) -> None:
        self.passed.append(Passed(token.pk, str(token), why))

    def miss(self, portion: Iterable[UUID], found: Collection[Token]) -> None:
        """Note those of a portion that are in no row any more."""
        there = {token.pk for token in found}
        self.passed += [Passed(pk, "", Skip.GONE) for pk in portion if pk not in there]


def portions(token_ids: Collection[UUID]) -> Iterator[list[UUID]]:
    """The ids without repetition, sorted, so that two acts at once lock in one order."""
    return chunks(sorted(set(token_ids)), PORTION)


def read(token_ids: Collection[UUID]) -> QuerySet[Token]:
    """These tokens with all that the facts need, in one query."""
    related = ("company", "integration", "owner", "assigned_policy", "secret__revocation")
    return Token.objects.filter(pk__in=among(token_ids)).select_related(*related).order_by("pk")


def lock_secrets(token_ids: Collection[UUID]) -> None:
    """Hold the secrets of these tokens until the transaction ends, in the order of their ids."""
    secrets = Secret.objects.filter(tokens__pk__in=among(token_ids)).order_by("pk")
    list(secrets.select_for_update(of=("self",)).values_list("pk"))


def facts_of(token: Token) -> BulkFacts:
    """The facts of a token from `read`."""
    revocation = getattr(token.secret, "revocation", None)
    return BulkFacts(
        state=State(token.state),
        held=token.secret.is_held,
        destroyed=token.secret.destroyed_at is not None,
        due=token.secret.next_check_at is not None,
        throttled_until=token.secret.throttled_until,
        proof=Proof(revocation.proof) if revocation else Proof.NONE,
        owner=token.owner.email if token.owner else "",
        policy=str(token.assigned_policy_id or ""),
    )
