"""Companies whose list in Coolset was compared with ours: most of them, in time or not."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from tokens.models import Company, Token
from tokens.policy.days import midnight, utc_day
from tokens.policy.vocabulary import State
from tokens.services.reconcile import reconcile
from tokens.services.seed_demo.acts import person
from tokens.services.seed_demo.names import CREATORS
from tokens.services.seed_demo.plan import COMPANIES_PER_CHAPTER, Plan
from tokens.services.seed_demo.shape import Workspace

#: Of each chapter's companies: the first was compared too long ago, the second never.
LATE, NEVER, LATE_DAYS = 0, 1, 94


def comparisons(plan: Plan, rng: random.Random) -> list[tuple[Workspace, datetime]]:
    """Who is compared when. A company without tokens at that moment is left out by `compare`."""
    today = midnight(utc_day(plan.now))
    found = []
    for number, company in enumerate(plan.companies):
        turn = number % COMPANIES_PER_CHAPTER
        if turn == NEVER:
            continue
        days, hour = (LATE_DAYS, 0) if turn == LATE else (rng.randint(1, 55), 14)
        at = today - timedelta(days=days) + timedelta(hours=hour, minutes=rng.randint(20, 50))
        found.append((company, at))
    return found


def compare(company: Workspace, *, now: datetime) -> None:
    """Tick everything that is in force here; of one company in twelve one is not listed there."""
    row = Company.objects.filter(name=company.name).first()
    if row is None:
        return
    ours = Token.objects.filter(company=row).exclude(state=State.REVOKED.value).order_by("pk")
    ticked = dict(ours.values_list("secret_id", "pk"))
    if company.workspace_id % 12 == 0 and len(ticked) > 1:
        ticked.popitem()
    reconcile(
        company=row,
        listed=len(ticked),
        known_ids=list(ticked.values()),
        additions=[],
        actor=person(CREATORS[company.workspace_id % len(CREATORS)]),
        now=now,
    )
