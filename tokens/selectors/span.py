"""A span of UTC days, and a company or all of them, as pages, API and commands ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tokens.errors import InvalidInput
from tokens.models import Company
from tokens.policy.days import midnight, utc_day
from tokens.policy.register import looks_like_token
from tokens.policy.roles import EVERYTHING, Reach
from tokens.selectors.compliance import company_named

USUAL = 90
LONGEST = 3660
_NAME = 200


@dataclass(frozen=True, slots=True)
class Span:
    """From the day `since` to the day `until`, both included; `company` None: all of them."""

    since: date
    until: date
    company: Company | None = None

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def begin(self) -> datetime:
        """The midnight that opens it."""
        return midnight(self.since)

    @property
    def end(self) -> datetime:
        """The midnight that follows it: moments of the span lie before."""
        return midnight(self.until) + timedelta(days=1)

    @classmethod
    def parse(
        cls,
        query: Mapping[str, Any],
        now: datetime,
        *,
        usual: int = USUAL,
        reach: Reach = EVERYTHING,
    ) -> Span:
        """`days` up to today, or `from` and `to`; without any of them `usual` days up to today.

        A company out of reach is none. Raises InvalidInput naming the parameter, without its value.
        """
        today = utc_day(now)
        company = read_company(query, reach)
        if days := _text(query, "days"):
            return cls(today - timedelta(days=_number(days) - 1), today, company)
        until = _day(query, "to") or today
        since = _day(query, "from") or until - timedelta(days=usual - 1)
        if until > today:
            raise InvalidInput("lies after today", field="to")
        if since > until:
            raise InvalidInput("lies after the last day", field="from")
        if (until - since).days >= LONGEST:
            raise InvalidInput(f"asks for more than {LONGEST} days", field="from")
        return cls(since, until, company)


def read_company(query: Mapping[str, Any], reach: Reach = EVERYTHING) -> Company | None:
    """The company that `company` names by id or exact name; None where nothing is asked."""
    text = _text(query, "company")
    found = company_named(text) if text else None
    if text and (found is None or not reach.includes(found.pk)):
        raise InvalidInput("is not a company here", field="company")
    return found


def _text(query: Mapping[str, Any], name: str) -> str:
    text = str(query.get(name) or "").strip()
    if len(text) > _NAME or not text.isprintable() or looks_like_token(text):
        raise InvalidInput("cannot be used", field=name)
    return text


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LONGEST):
        raise InvalidInput(f"is not a number of days, 1 to {LONGEST}", field="days")
    return int(text[:6])


def _day(query: Mapping[str, Any], name: str) -> date | None:
    text = _text(query, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("is not a date such as 2026-11-24", field=name) from None
