"""Sample data: an instance with a past, in which every state and flag occurs."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from tokens.audit import Actor, Event, Subject, audited
from tokens.coolset.address import AddressError
from tokens.errors import InvalidInput, NotAllowed, WrongState
from tokens.models import AuditEvent, Company, Secret, Token
from tokens.services.probing.configured import probe_settings
from tokens.services.seed_demo.diary import Diary
from tokens.services.seed_demo.plan import make_plan
from tokens.services.seed_demo.stand_in import write_state

MOST = 100_000
SEED = 20


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is there now. created: 0 where sample data was there already. checked: the tokens are
    due for checks, since these go to a stand-in on this machine."""

    tokens: int
    companies: int
    created: int
    checked: bool


def mint(prefix: str) -> str:
    """A value in the vendor's shape, which nobody ever gave out."""
    return prefix + secrets.token_hex(12)


def seed_demo(
    *,
    tokens: int,
    actor: Actor,
    now: datetime,
    seed: int = SEED,
    mint: Callable[[str], str] = mint,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Seeded:
    """Make exactly so many sample tokens and their past; all or nothing.

    Where sample data is there already nothing is added. Raises NotAllowed in production,
    WrongState where the instance holds tokens that are no sample data, InvalidInput.
    """
    _check_allowed(tokens)
    to_stand_in = _goes_to_stand_in()
    if is_seeded():
        return Seeded(Token.objects.count(), Company.objects.count(), 0, to_stand_in)
    plan = make_plan(count=tokens, seed=seed, now=_settled(now), mint=mint)
    with audited(actor=actor, now=now) as trail:
        if Token.objects.exists():
            raise WrongState(
                "This instance holds tokens already. Sample data needs one of its own: choose "
                "another DATA_DIR, or `make demo`."
            )
        entries = Diary(plan, random.Random(seed)).entries  # noqa: S311 (sample data, no secret)
        for number, entry in enumerate(entries, start=1):
            entry.do()
            progress(number, len(entries))
        if not to_stand_in:
            Secret.objects.update(next_check_at=None)
        made, companies = Token.objects.count(), Company.objects.count()
        about = Subject("instance", name="Sample data")
        trail.add(Event.DEMO_SEEDED, about, tokens=made, companies=companies)
        write_state(plan.samples, Path(settings.DATA_DIR), now=plan.now)
    return Seeded(made, companies, made, to_stand_in)


def is_seeded() -> bool:
    """Whether this instance holds sample data."""
    return AuditEvent.objects.filter(kind=Event.DEMO_SEEDED.value).exists()


def _check_allowed(tokens: int) -> None:
    if settings.PRODUCTION:
        raise NotAllowed("Sample data is not for production: nothing was changed.")
    if not 1 <= tokens <= MOST:
        raise InvalidInput(f"must be between 1 and {MOST:,}", field="tokens")


def _goes_to_stand_in() -> bool:
    """Checks stay on this machine. To the vendor itself no sample value is ever sent."""
    try:
        return probe_settings(lambda: datetime.now().astimezone()).address.loopback
    except AddressError:
        return False


def _settled(now: datetime) -> datetime:
    """The past ends a few seconds ago, on a whole second."""
    return now.replace(microsecond=0) - timedelta(seconds=5)
