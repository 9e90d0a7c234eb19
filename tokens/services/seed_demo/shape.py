"""What the sample data is made of: one `Sample` per token, with what happens to it and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from tokens.models import Token
from tokens.policy.vocabulary import Outcome
from tokens.services.seed_demo.names import Connector

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


class Use(StrEnum):
    """Who could see a token in use, and whether there was anything to see."""

    BUSY = "busy"  # others call with it: rate-limit headers give it away
    QUIET = "quiet"  # headers, and never a call that was not ours
    HIDDEN = "hidden"  # no rate-limit headers at all: nobody can tell


@dataclass(frozen=True, slots=True)
class Workspace:
    """A company as it is put in; without an id the answers propose one."""

    name: str
    workspace_id: int
    recorded: bool = True
    type: str = "active"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token belongs."""

    company: Workspace
    connector: Connector
    environment: str
    scope: str


@dataclass(frozen=True, slots=True)
class Rotate:
    """At this moment Coolset accepted the new value, and `new` took the token's place."""

    at: datetime
    new: Sample


@dataclass(frozen=True, slots=True)
class OpenGuide:
    """Somebody began a rotation and has not come back yet."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Revoke:
    """A revocation is recorded; `said` is when it is said to have been done in Coolset."""

    at: datetime
    said: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Compromise:
    """Somebody recorded at this moment that others may have the value."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The integration reports that it used the token just then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody recorded at this moment that a person leaves, or had left."""

    at: datetime
    email: str
    leaving_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Except:
    """Somebody asked for an exception; `approved_by` "" where nobody has decided yet."""

    at: datetime
    by: str
    flags: tuple[str, ...]
    reason: str
    ends_on: date
    approved_by: str = ""
    approved_after: timedelta = timedelta(minutes=55)


@dataclass(frozen=True, slots=True)
class Consume:
    """Something uses the token's integration, on its list from `at` on; `ticked_at`: when it is
    said to use the new token, None while it does not."""

    at: datetime
    name: str
    where: str
    ticked_at: datetime | None = None


Act = Rotate | OpenGuide | Revoke | Compromise | Report | Leave | Except | Consume


@dataclass(slots=True, eq=False)
class Sample:
    """One token of the sample data.

    value: None for one that is not held; it is in no repr. phases: from when on Coolset answers
    what, in order. busy_until: calls of others are seen up to then. extra: checks besides those
    that all tokens share. hourly_since: checked every hour since then. last_check: none after it.
    shares: the sample whose value this one holds too. row: set once it is stored.
    """

    place: Place
    issued_at: datetime | None
    stored_at: datetime
    value: str | None = field(default=None, repr=False)
    owner: str = ""
    created_by: str = ""
    imported: bool = False
    phases: list[tuple[datetime, Outcome]] = field(
        default_factory=lambda: [(ALWAYS, Outcome.VALID)]
    )
    use: Use = Use.BUSY
    busy_until: datetime | None = None
    extra: list[datetime] = field(default_factory=list)
    hourly_since: datetime | None = None
    last_check: datetime | None = None
    acts: list[Act] = field(default_factory=list)
    seen_workspace_id: int | None = None
    listed: tuple[Workspace, ...] = ()
    shares: Sample | None = None
    replaces: Sample | None = None
    row: Token | None = field(default=None, repr=False)

    @property
    def token(self) -> Token:
        """The stored row. Raises LookupError before it was stored: a flaw in the plan."""
        if self.row is None:
            raise LookupError("a sample was used before it was stored")
        return self.row

    @property
    def is_asked(self) -> bool:
        """Whether checks are about this row: one row of a secret stands for all."""
        return self.value is not None and self.shares is None

    def says(self, moment: datetime) -> Outcome:
        """What Coolset answers at that moment."""
        return [outcome for since, outcome in self.phases if since <= moment][-1]

    def turns(self, moment: datetime, outcome: Outcome) -> None:
        """From that moment on Coolset answers otherwise."""
        self.phases.append((moment, outcome))
