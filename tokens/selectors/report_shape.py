"""What a report is made of: facts alone, frozen, the same for HTML, PDF and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from tokens.policy.compliance import Tally
from tokens.selectors.compliance import Day
from tokens.selectors.span import Span

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """The first rows of a list; `more` are not shown. `total` counts all of them."""

    rows: tuple[Row, ...]
    more: int = 0

    @property
    def total(self) -> int:
        return len(self.rows) + self.more


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """The numbers of one policy from `since` (None: from the beginning) to `until` (None: still).

    Read from the audit trail. `entry`: number of the entry that put it in force; 0: the product's
    own defaults. `applies_to`: "" for the base policy, which holds wherever no other does.
    """

    policy: str
    applies_to: str
    since: datetime | None
    until: datetime | None
    by: str
    entry: int
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExceptionFact:
    token: str
    flags: tuple[str, ...]
    reason: str
    asked_by: str
    decision: str
    decided_by: str
    ends_on: date
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RotationFact:
    token: str
    old_hint: str
    new_hint: str
    started_by: str
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class RevocationFact:
    """A recorded revocation and its proof; `witnesses`: other tokens accepted in those minutes."""

    token: str
    reason: str
    by: str
    recorded_at: datetime
    proof: str
    proof_reason: str
    last_accepted_at: datetime | None
    first_refused_at: datetime | None
    confirmed_at: datetime | None
    contradicted_at: datetime | None
    witnesses: int
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A token with what is wrong with it."""

    token: str
    owner: str
    flags: tuple[str, ...]
    due_on: date


@dataclass(frozen=True, slots=True)
class AccountFact:
    email: str
    role: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A key of ours, by hint. `scope`: the integration it reports for, or what it may do."""

    kind: str
    name: str
    hint: str
    scope: str
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """From a compromise, or from the day on which a creator was gone, to the refusal by Coolset.

    `refused_at` None: not refused as far as we know; `unprovable`: it is recorded as revoked, and
    Coolset's answers cannot prove it.
    """

    token: str
    person: str
    since: datetime
    refused_at: datetime | None
    unprovable: bool

    @property
    def took(self) -> timedelta | None:
        """None: not yet. What was refused before counts as no time at all."""
        if self.refused_at is None:
            return None
        return max(timedelta(0), self.refused_at - self.since)


@dataclass(frozen=True, slots=True)
class Times:
    """`median` over those that are refused."""

    each: Listing[Refusal]
    refused: int
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class CompanyShare:
    company: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Share:
    """`end` is the count of the last day, or of now where that is today; None: not counted."""

    end: Tally | None
    days: tuple[Day, ...]
    companies: Listing[CompanyShare]


@dataclass(frozen=True, slots=True)
class Chain:
    """The head of the audit trail. ok None: the report did not walk the chain, which is long."""

    number: int
    hash: str
    ok: bool | None
    first_bad: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `flags`: how many tokens carry each flag at `made_at`; `instance`: its address."""

    instance: str
    made_at: datetime
    made_by: str
    span: Span
    share: Share
    policies: tuple[PolicyVersion, ...]
    exceptions: Listing[ExceptionFact]
    rotations: Listing[RotationFact]
    revocations: Listing[RevocationFact]
    flags: tuple[tuple[str, int], ...]
    findings: Listing[Finding]
    compromises: Times
    leavers: Times
    accounts: Listing[AccountFact]
    keys: Listing[KeyFact]
    chain: Chain
