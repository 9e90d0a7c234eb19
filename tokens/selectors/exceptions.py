"""Exceptions as pages, API and command show them: what waits, what is in force, what is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tokens.models import PolicyException, Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import InForce
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Decision, Standing, ends_soon, standing
from tokens.policy.roles import EVERYTHING, Reach
from tokens.policy.vocabulary import Flag
from tokens.selectors.within import inside

#: So many of what is over are shown; the audit trail has them all.
PAST_SHOWN = 50
RELATED = ("token__company", "token__integration", "token__owner")


@dataclass(frozen=True, slots=True)
class Listed:
    """One exception and where it stands. `ends_soon`: in force, with so few days left."""

    exception: PolicyException
    standing: Standing
    ends_soon: bool = False


@dataclass(frozen=True, slots=True)
class Sections:
    """The page of all exceptions. `waiting` is for somebody else than `yours`, the reader's own."""

    waiting: tuple[Listed, ...]
    yours: tuple[Listed, ...]
    over: tuple[Listed, ...]
    in_force: tuple[Listed, ...]
    past: tuple[Listed, ...]
    more_past: bool

    @property
    def any(self) -> bool:
        return any((self.waiting, self.yours, self.over, self.in_force, self.past))


def waiting_exceptions(
    today: date, reader: str = "", reach: Reach = EVERYTHING
) -> QuerySet[PolicyException]:
    """Those of tokens within reach that wait for a decision, but not of whoever asked for them."""
    asked = Q(decision=Decision.ASKED.value, ends_on__gte=today)
    waiting = PolicyException.objects.filter(asked, inside(reach, "token__company"))
    return waiting.exclude(asked_by=reader.lower()) if reader else waiting


def find(exception_id: UUID) -> PolicyException | None:
    """One exception with its token."""
    return PolicyException.objects.select_related(*RELATED).filter(pk=exception_id).first()


def listed(found: Iterable[PolicyException], today: date) -> tuple[Listed, ...]:
    """Each with where it stands today."""
    return tuple(_listed(one, today) for one in found)


def _listed(one: PolicyException, today: date) -> Listed:
    stands = standing(one.facts(), today)
    soon = stands is Standing.IN_FORCE and ends_soon(one.ends_on, today)
    return Listed(one, stands, soon)


def of_token(token: Token, today: date) -> tuple[Listed, ...]:
    """All of one token, the latest first; one query."""
    return listed(all_of_token(token), today)


def all_of_token(token: Token) -> QuerySet[PolicyException]:
    """The same to be asked together with other things."""
    return PolicyException.objects.filter(token=token).order_by("-asked_at", "-pk")


def selected(
    today: date,
    *,
    stands: Standing | None = None,
    token_id: UUID | None = None,
    reach: Reach = EVERYTHING,
) -> QuerySet[PolicyException]:
    """Those that stand so today, of one token where it is given; the latest first."""
    found = _within(reach).order_by("-asked_at", "-pk")
    if token_id is not None:
        found = found.filter(token_id=token_id)
    return found if stands is None else found.filter(_stand(stands, today))


def _within(reach: Reach) -> QuerySet[PolicyException]:
    rows = PolicyException.objects.filter(inside(reach, "token__company"))
    return rows.select_related(*RELATED)


def sections(reader: str, rules: InForce, now: datetime, reach: Reach = EVERYTHING) -> Sections:
    """Everything of tokens within reach that is open, and the latest of what is past; four queries.

    `over` are those whose end is to be seen to: what they named stands again. The others that
    are over are past.
    """
    today, rows = utc_day(now), _within(reach)
    waiting = listed(rows.filter(_stand(Standing.WAITING, today)).order_by("asked_at", "pk"), today)
    in_force = rows.filter(_stand(Standing.IN_FORCE, today)).order_by("ends_on", "pk")
    back = Token.objects.filter(flagged(Flag.EXCEPTION_ENDED, rules=rules, now=now))
    to_see_to = _stand(Standing.OVER, today) & Q(token__in=back.values("pk"))
    over = rows.filter(to_see_to).order_by("ends_on", "pk")
    open_now = _stand(Standing.WAITING, today) | _stand(Standing.IN_FORCE, today)
    past = rows.exclude(open_now).exclude(to_see_to).order_by("-ends_on", "-pk")
    latest = listed(past[: PAST_SHOWN + 1], today)
    return Sections(
        waiting=tuple(each for each in waiting if each.exception.asked_by != reader),
        yours=tuple(each for each in waiting if each.exception.asked_by == reader),
        over=listed(over, today),
        in_force=listed(in_force, today),
        past=latest[:PAST_SHOWN],
        more_past=len(latest) > PAST_SHOWN,
    )


def _stand(stands: Standing, today: date) -> Q:
    """`policy.exceptions.standing` as a condition."""
    asked = Q(decision=Decision.ASKED.value)
    approved = Q(decision=Decision.APPROVED.value)
    past = Q(ends_on__lt=today)
    return {
        Standing.WAITING: asked & ~past,
        Standing.LAPSED: asked & past,
        Standing.REFUSED: Q(decision=Decision.REFUSED.value),
        Standing.WITHDRAWN: Q(decision=Decision.WITHDRAWN.value),
        Standing.CLOSED: approved & Q(closed_at__isnull=False),
        Standing.IN_FORCE: approved & Q(closed_at__isnull=True) & ~past,
        Standing.OVER: approved & Q(closed_at__isnull=True) & past,
    }[stands]
