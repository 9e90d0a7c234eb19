"""Starting an access review: which tokens, who looks at which, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from tokens.audit import Actor, Event, audited
from tokens.errors import InvalidInput
from tokens.models import Account, Review, ReviewItem
from tokens.models.inventory import NAME_LENGTH
from tokens.policy.book import InForce
from tokens.policy.days import utc_day
from tokens.policy.fields import Invalid, clean_text
from tokens.policy.reviews import LONGEST_DAYS, MOST_TOKENS
from tokens.policy.vocabulary import State
from tokens.selectors.facts import Row, rows
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import inventory
from tokens.selectors.records import moment
from tokens.selectors.reviewers import reaches
from tokens.services.policy_in_force import rules_in_force

BATCH = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What a review is to be. `by_company`: reviewers of single companies, instead of `reviewer`.

    `filters` choose tokens as in the inventory; revoked ones are never in, since there is no
    access left to review.
    """

    name: str
    due_on: date
    reviewer: Account
    by_company: Mapping[UUID, Account] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)


def chosen(filters: Filters, rules: InForce, now: datetime) -> list[Row]:
    """The tokens that a review with these filters would hold, by company and integration.

    One more than a review may hold are read at most.
    """
    found = inventory(filters, rules, now).exclude(state=State.REVOKED.value)
    ordered = found.order_by("company__name", "integration__name", "environment", "pk")
    return list(rows(ordered[: MOST_TOKENS + 1], rules, now))


def start_review(*, asked: Asked, asked_by: Account, actor: Actor, now: datetime) -> Review:
    """Store the review with the facts of its tokens as they are now.

    Raises InvalidInput naming `name`, `due_on`, `reviewer` or `tokens`.
    """
    name = _checked(asked, now)
    with audited(actor=actor, now=now) as trail:
        found = chosen(asked.filters, rules_in_force(), now)
        _check_number(len(found))
        _check_reach(asked, found)
        review = Review.objects.create(
            name=name,
            asked_by=asked_by,
            chosen=[list(pair) for pair in asked.filters.without("sort").pairs()],
            created_at=now,
            due_on=asked.due_on,
        )
        items = [
            ReviewItem(
                review=review,
                token_id=row.id,
                place=place,
                facts=facts_of(row),
                reviewer=_reviewer(asked, row),
            )
            for place, row in enumerate(found, start=1)
        ]
        ReviewItem.objects.bulk_create(items, batch_size=BATCH)
        trail.add(
            Event.REVIEW_STARTED,
            review,
            tokens=len(items),
            reviewers=sorted({item.reviewer.email for item in items}),
            due_on=asked.due_on,
            filters=[f"{key}={value}" for key, value in review.chosen],
        )
    return review


def facts_of(row: Row) -> dict[str, object]:
    """What a reviewer sees of a token, kept as it was when the review began."""
    return {
        "integration": row.integration,
        "company": row.company,
        "environment": row.environment,
        "scope": row.scope,
        "label": row.label,
        "hint": row.hint,
        "owner": row.owner_email,
        "created_by": row.created_by_email,
        "state": row.state,
        "flags": list(row.flags),
        "issued_at": moment(row.issued_at),
        "due_on": utc_day(row.due_at).isoformat(),
        "last_used_at": moment(row.last_used_at),
    }


def _checked(asked: Asked, now: datetime) -> str:
    try:
        name = clean_text(asked.name, "name", NAME_LENGTH, required=True)
    except Invalid as refusal:
        raise InvalidInput(refusal.reason, field=refusal.field) from None
    today = utc_day(now)
    if asked.due_on < today:
        raise InvalidInput("lies in the past", field="due_on")
    if asked.due_on > today + timedelta(days=LONGEST_DAYS):
        raise InvalidInput("is more than a year ahead", field="due_on")
    reviewers = {asked.reviewer, *asked.by_company.values()}
    if not all(each.is_active for each in reviewers):
        raise InvalidInput("is an account that cannot sign in", field="reviewer")
    return name


def _reviewer(asked: Asked, row: Row) -> Account:
    return asked.by_company.get(row.company_id, asked.reviewer)


def _check_reach(asked: Asked, found: Iterable[Row]) -> None:
    """Whoever has roles in single companies decides about tokens of these alone."""
    pairs = {(row.company_id, _reviewer(asked, row)) for row in found}
    where = reaches({account.pk for _, account in pairs})
    if not all(where[account.pk].includes(company) for company, account in pairs):
        raise InvalidInput("may not decide about tokens of all these companies", field="reviewer")


def _check_number(number: int) -> None:
    if not number:
        raise InvalidInput("are none: no token that is in force matches", field="tokens")
    if number > MOST_TOKENS:
        raise InvalidInput(
            f"are more than {MOST_TOKENS:,}, which nobody looks at one by one; choose fewer",
            field="tokens",
        )
