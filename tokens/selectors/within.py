"""What a reach lets see: querysets of it, and which companies an address speaks of.

Whoever has roles in some companies alone is answered "no such thing" for what belongs to others,
before a view has looked at anything. An id of an address that nothing is said of here belongs to
the whole organisation and is out of their reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tokens.models import (
    Approval,
    Company,
    Consumer,
    Integration,
    Person,
    PolicyException,
    ReviewItem,
    Token,
)
from tokens.policy.roles import Reach

Companies = frozenset[UUID]


def inside(reach: Reach, column: str = "company") -> Q:
    """Rows whose company, named by `column`, the reach includes; no condition where it is whole."""
    return Q() if reach.companies is None else Q(**{f"{column}__in": reach.companies})


def tokens_within(reach: Reach) -> QuerySet[Token]:
    return Token.objects.filter(inside(reach))


def companies_within(reach: Reach) -> QuerySet[Company]:
    return Company.objects.filter(inside(reach, "pk"))


def integrations_within(reach: Reach) -> QuerySet[Integration]:
    """Those with a token in a company of the reach: one name for all that an integration does."""
    return _with_tokens(Integration.objects.all(), reach, integration=OuterRef("pk"))


def owners_within(reach: Reach) -> QuerySet[Person]:
    """People who own a token in a company of the reach; all people where it is whole."""
    return _with_tokens(Person.objects.all(), reach, owner=OuterRef("pk"))


def people_within(reach: Reach) -> QuerySet[Person]:
    """The same, and those who created one there."""
    found = Person.objects.all()
    if reach.whole:
        return found
    here = tokens_within(reach)
    return found.filter(
        Exists(here.filter(owner=OuterRef("pk"))) | Exists(here.filter(created_by=OuterRef("pk")))
    )


def _with_tokens(rows: QuerySet[Any], reach: Reach, **link: OuterRef) -> QuerySet[Any]:
    return rows if reach.whole else rows.filter(Exists(tokens_within(reach).filter(**link)))


def companies_of(kwargs: Mapping[str, Any]) -> list[Companies]:
    """For each id of an address the companies that it belongs to; empty: none that is known.

    What is used by several companies is in reach of whoever reaches any of them. One query for
    each id.
    """
    return [_companies_of(name, value) for name, value in kwargs.items()]


def _companies_of(name: str, value: Any) -> Companies:
    find = _FINDERS.get(name)
    return Companies() if find is None else Companies(find(value))


def _of_tokens(**condition: Any) -> QuerySet[Token, UUID]:
    found = Token.objects.filter(**condition).order_by()
    return found.values_list("company_id", flat=True).distinct()


def _of_consumer(pk: UUID) -> QuerySet[Token, UUID]:
    of = Consumer.objects.filter(pk=pk).values("integration")
    return _of_tokens(integration__in=of)


def _of_exception(pk: UUID) -> QuerySet[Token, UUID]:
    return _of_tokens(pk__in=PolicyException.objects.filter(pk=pk).values("token"))


def _of_approval(pk: UUID) -> QuerySet[Approval, UUID | None]:
    found = Approval.objects.filter(pk=pk, company__isnull=False)
    return found.values_list("company_id", flat=True)


def _of_review(pk: UUID) -> QuerySet[Token, UUID]:
    return _of_tokens(pk__in=ReviewItem.objects.filter(review=pk).values("token"))


_FINDERS: dict[str, Callable[[Any], Any]] = {
    "token_id": lambda pk: _of_tokens(pk=pk),
    "company_id": lambda pk: (pk,),
    "integration_id": lambda pk: _of_tokens(integration=pk),
    "consumer_id": _of_consumer,
    "person_id": lambda pk: (*_of_tokens(owner=pk), *_of_tokens(created_by=pk)),
    "exception_id": _of_exception,
    "approval_id": _of_approval,
    "review_id": _of_review,
}
