"""What a policy may look like, and the row that it becomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from django.db.models import Model

from tokens.errors import AlreadyKnown, InvalidInput, NotFound
from tokens.models import Company, Integration, Policy
from tokens.models.policies import thresholds_text
from tokens.policy.book import BASE, PolicyFacts
from tokens.policy.numbers import (
    LIMITS,
    check_numbers,
    check_thresholds,
    clean_policy_name,
    parse_thresholds,
)
from tokens.policy.vocabulary import Environment, Scope
from tokens.services.entries import cleaned

M = TypeVar("M", bound=Model)


def checked(proposal: PolicyFacts) -> PolicyFacts:
    """The proposal with a clean name. Raises InvalidInput naming what makes no sense."""
    rules = proposal.rules
    cleaned(check_numbers, {name: getattr(rules, name) for name in LIMITS})
    cleaned(parse_thresholds, thresholds_text(rules.thresholds))
    if proposal.id == BASE:
        if proposal.name or any(proposal.names):
            raise InvalidInput("must stay empty: the base policy is for all tokens", field="name")
        return proposal
    cleaned(check_thresholds, rules)
    _check_word("environment", proposal.environment, [word.value for word in Environment])
    _check_word("scope", proposal.scope, [word.value for word in Scope])
    name = cleaned(clean_policy_name, proposal.name)
    return replace(proposal, name=name)


def check_free(proposal: PolicyFacts) -> None:
    """Raises AlreadyKnown where another policy has the name, or is for the very same tokens."""
    others = Policy.objects.exclude(pk__in=[BASE, proposal.id])
    if others.filter(name__iexact=proposal.name).exists():
        raise AlreadyKnown("is the name of another policy", field="name")
    if not any(proposal.names):
        return
    twin = others.filter(
        company=proposal.company,
        integration=proposal.integration,
        environment=proposal.environment,
        scope=proposal.scope,
    ).first()
    if twin is not None:
        raise AlreadyKnown(
            f"policy “{twin.name}” is for the same tokens already", field=_first(twin)
        )


def columns_of(proposal: PolicyFacts) -> dict[str, object]:
    """What a policy's row holds, by column. Raises InvalidInput for what is not there."""
    return {
        "name": proposal.name,
        "company": _there(Company, proposal.company, "company"),
        "integration": _there(Integration, proposal.integration, "integration"),
        "environment": proposal.environment,
        "scope": proposal.scope,
        **{name: getattr(proposal.rules, name) for name in LIMITS},
        "thresholds": thresholds_text(proposal.rules.thresholds),
    }


def lock_policies() -> None:
    """One change at a time: the base policy's row, made where it is not there yet, is the lock."""
    Policy.objects.get_or_create(pk=BASE)
    Policy.objects.select_for_update().get(pk=BASE)


def locked_policy(policy: int) -> Policy:
    """The row, to be changed under `lock_policies`. Raises NotFound."""
    row = Policy.objects.select_related("company", "integration").filter(pk=policy).first()
    if row is None:
        raise NotFound("There is no such policy.")
    return row


def _there(model: type[M], key: UUID | None, field: str) -> M | None:
    if key is None:
        return None
    found = model._default_manager.filter(pk=key).first()
    if found is None:
        raise InvalidInput("is not here any more", field=field)
    return found


def _check_word(field: str, word: str, known: list[str]) -> None:
    if word and word not in known:
        raise InvalidInput("must be one of " + ", ".join(known), field=field)


def _first(twin: Policy) -> str:
    """The field that a form shows the complaint at."""
    named = {
        "integration": twin.integration_id,
        "company": twin.company_id,
        "scope": twin.scope,
        "environment": twin.environment,
    }
    return next(name for name, value in named.items() if value)
