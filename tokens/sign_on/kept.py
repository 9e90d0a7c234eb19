"""What a session remembers of single sign-on: ways to the provider that somebody is on, and what
the provider proved. Never a token."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from tokens.policy.sign_on import is_in_time
from tokens.policy.step_up import FRESH

_FLIGHTS, _TWICE, _ENROL = "sign_on", "sign_on_twice", "sign_on_enrol"
#: So many tabs at once; of more the oldest is forgotten.
_MOST = 5


@dataclass(frozen=True, slots=True)
class Flight:
    """One way to the provider and back. `again`: the account that has to prove itself anew."""

    nonce: str
    verifier: str
    back: str
    begun: str
    again: str = ""

    @property
    def begun_at(self) -> datetime:
        return datetime.fromisoformat(self.begun)


def keep(session: Any, state: str, flight: Flight) -> None:
    """Bound to this browser by its session."""
    others = list(session.get(_FLIGHTS, {}).items())[-(_MOST - 1) :]
    session[_FLIGHTS] = dict([*others, (state, asdict(flight))])


def take(session: Any, state: str, now: datetime) -> Flight | None:
    """The flight with this state, once; None for an unknown one and one that took too long."""
    flights = dict(session.get(_FLIGHTS, {}))
    found = flights.pop(state, None)
    if found is None:
        return None
    session[_FLIGHTS] = flights
    flight = Flight(**found)
    return flight if is_in_time(flight.begun_at, now) else None


def note_asked(session: Any, *, twice: bool) -> None:
    """Whether the provider asked for two factors when this session began."""
    session[_TWICE] = twice


def asked_by_provider(session: Any) -> bool:
    return bool(session.get(_TWICE, False))


def let_enrol(session: Any, now: datetime) -> None:
    """Whoever came in just now may set up the first second factor without a proof of ours: there
    is nothing here yet that they could prove it by."""
    session[_ENROL] = (now + FRESH).isoformat()


def may_enrol(session: Any, now: datetime) -> bool:
    until = session.get(_ENROL)
    return until is not None and timedelta(0) < datetime.fromisoformat(until) - now <= FRESH
