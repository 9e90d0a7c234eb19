"""What comes back from Coolset, in closed words. No text from the wire travels in any of these."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tokens.policy.usage import RateHeaders
from tokens.policy.vocabulary import Outcome


class Problem(StrEnum):
    """Why an answer does not count, for people; the rules go by `Outcome` alone."""

    NONE = ""
    TIMEOUT = "timeout"
    DNS = "dns"
    ADDRESS = "address"  # the name resolves to a place that tokens may not be sent to
    TLS = "tls"
    REFUSED = "refused"
    RESET = "reset"
    PROTOCOL = "protocol"  # not HTTP as we know it
    REDIRECT = "redirect"
    PROXY = "proxy"
    STATUS = "status"  # a status that says nothing about the token
    VENDOR = "vendor"  # 5xx
    HTML = "html"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    COMPRESSED = "compressed"
    NOT_JSON = "not_json"
    BAD_VALUE = "bad_value"  # our own value cannot stand in a header; nothing was sent
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a valid answer says about whom the token belongs to, as far as it says so."""

    workspace_id: int | None = None
    account_email: str | None = None

    def __reduce__(self) -> tuple[type["Evidence"], tuple[object, ...]]:
        return Evidence, (self.workspace_id, self.account_email)


@dataclass(frozen=True, slots=True)
class Answer:
    """One probe. `begun_at` and `at` are aware UTC; `retry_hints` are unchecked moments."""

    outcome: Outcome
    status: int | None
    latency_ms: int
    begun_at: datetime
    at: datetime
    headers: RateHeaders | None = None
    retry_hints: tuple[datetime, ...] = ()
    evidence: Evidence | None = None
    problem: Problem = Problem.NONE
    calls: int = 1

    def __reduce__(self) -> tuple[type["Answer"], tuple[object, ...]]:
        """As one tuple, for the way between two processes: a dataclass's own takes thrice as
        long, and there is one for every check."""
        return Answer, (
            self.outcome, self.status, self.latency_ms, self.begun_at, self.at, self.headers,
            self.retry_hints, self.evidence, self.problem, self.calls,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkspaceEntry:
    """One workspace of the user. How the two ids relate is unknown, so match either.

    `type` is one of `policy.vocabulary.WORKSPACE_TYPES` if it is one that Coolset documents; ""
    where the answer has none.
    """

    workspace_id: int | None
    id: int | None
    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Workspaces:
    """The workspaces of the user behind a token.

    `ids` holds every `workspace_id` and `id`, and only where the list is known to be complete and
    not empty; else it is None and proves nothing. `calls` counts the requests spent on it, `last`
    is the last of their answers (its rate headers and hints).
    """

    outcome: Outcome
    ids: frozenset[int] | None
    entries: tuple[WorkspaceEntry, ...]
    calls: int
    last: Answer
