"""What a form, a script or a command sent about a policy, as the policy that it would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model

from tokens.errors import InvalidInput
from tokens.models import Company, Integration
from tokens.policy.book import BASE, Book, PolicyFacts
from tokens.policy.numbers import (
    LIMITS,
    check_numbers,
    parse_thresholds,
    shorter_than_a_rotation,
)
from tokens.policy.settings import Rules
from tokens.services.create_policy import NEW
from tokens.services.entries import cleaned
from tokens.services.proposed_policy import check_free, checked

M = TypeVar("M", bound=Model)


def proposal_of(
    given: Mapping[str, Any], thresholds: str | None, book: Book, present: PolicyFacts | None
) -> PolicyFacts:
    """The policy with what is given; what is not stays as it is, and is, of a new one (`present`
    None), as the base policy has it. Company and integration come by name, "" for any.

    Raises InvalidInput and AlreadyKnown naming the field.
    """
    old = present or PolicyFacts(NEW, "", book.base)
    if thresholds is None:
        days = old.rules.thresholds if present else ()
        thresholds = " ".join(str(each) for each in days)
    numbers = {name: given.get(name, getattr(old.rules, name)) for name in LIMITS}
    rules = rules_of(numbers, thresholds, book.base, policy=old.id)
    words = {name: given.get(name, value) for name, value in words_of(old).items()}
    proposal = checked(PolicyFacts(old.id, rules=rules, **place_of(words)))
    check_free(proposal)
    return proposal


def words_of(policy: PolicyFacts) -> dict[str, str]:
    """A policy's name and place in words, as `place_of` takes them."""
    return {
        "name": policy.name,
        "company": policy.company_name,
        "integration": policy.integration_name,
        "environment": policy.environment,
        "scope": policy.scope,
    }


def policy_in(book: Book, number: int) -> PolicyFacts | None:
    """One policy of the book, the base one too."""
    if number == BASE:
        return PolicyFacts(BASE, "", book.base)
    return next((one for one in book.others if one.id == number), None)


def rules_of(numbers: Mapping[str, int], thresholds: str, base: Rules, *, policy: int) -> Rules:
    """What a form or a script sent, as rules. Without thresholds they are those of the base policy,
    for another policy as far as they are shorter than its rotation.

    Raises InvalidInput naming the number, or `thresholds`.
    """
    own = {name: numbers[name] for name in LIMITS}
    cleaned(check_numbers, own)
    if thresholds.strip():
        days = cleaned(parse_thresholds, thresholds)
    elif policy == BASE:
        days = base.thresholds
    else:
        days = shorter_than_a_rotation(base.thresholds, own["rotate_days"])
    return Rules(**own, thresholds=days)


def place_of(given: Mapping[str, str]) -> dict[str, Any]:
    """A policy's name and place, of a form or a script, as PolicyFacts takes them: company and
    integration come by name. Raises InvalidInput for one that is not here."""
    company = _by_name(Company, given["company"], "company")
    integration = _by_name(Integration, given["integration"], "integration")
    return {
        "name": given["name"],
        "company": company.pk if company else None,
        "company_name": company.name if company else "",
        "integration": integration.pk if integration else None,
        "integration_name": integration.name if integration else "",
        "environment": given["environment"],
        "scope": given["scope"],
    }


def _by_name(model: type[M], name: str, field: str) -> M | None:
    if not name:
        return None
    found = model._default_manager.filter(name=name).first()
    if found is None:
        raise InvalidInput(f"no {field} has this name", field=field)
    return found
