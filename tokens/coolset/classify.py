"""From an answer to its meaning, strictly as coolset-api.md has it. Pure: no network, no clock.

Only the API's own word counts. Everything else means "could not check", never failing, never valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokens.coolset.documents import parse_object, read_evidence
from tokens.coolset.headers import read_rate_headers, read_retry_hints
from tokens.coolset.outcomes import Evidence, Problem
from tokens.policy.usage import RateHeaders
from tokens.policy.vocabulary import Outcome

MAX_BODY_BYTES = 64 * 1024

#: Problems after which there was no answer at all; the others are answers that do not count.
_NO_ANSWER = frozenset(
    {
        Problem.TIMEOUT,
        Problem.DNS,
        Problem.ADDRESS,
        Problem.TLS,
        Problem.REFUSED,
        Problem.RESET,
        Problem.INTERNAL,
    }
)
_REFUSALS = {401: Outcome.UNAUTHORIZED, 403: Outcome.FORBIDDEN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The meaning of one answer; `document` is the JSON object of a valid one."""

    outcome: Outcome
    problem: Problem = Problem.NONE
    headers: RateHeaders | None = None
    retry_hints: tuple[datetime, ...] = ()
    evidence: Evidence | None = None
    document: dict[str, Any] | None = None


def classify(
    status: int | None,
    headers: Mapping[str, str],
    body: bytes | None,
    problem: Problem,
    at: datetime,
) -> Verdict:
    """Judge one answer that arrived at `at` (aware UTC).

    `headers` look up without regard to case; `body` is None where it was not read to its end,
    and `problem` then says why. No input makes this raise.
    """
    if status == 429:
        # The status alone suffices: whoever sends it, calling again would only spend more.
        return _throttled(headers, body, at)
    if status is None or problem or body is None:
        return _could_not_check(problem or Problem.PROTOCOL, headers)
    found = _flaw(status, headers, body)
    if found:
        return _could_not_check(found, headers)
    document = parse_object(body)
    if document is None:
        return _could_not_check(Problem.HTML if _is_html(body) else Problem.NOT_JSON, headers)
    rate = read_rate_headers(headers)
    if status in _REFUSALS:
        if not isinstance(document.get("detail"), str):
            return Verdict(Outcome.UNUSABLE, Problem.NOT_JSON, rate)
        return Verdict(_REFUSALS[status], Problem.NONE, rate)
    return Verdict(
        Outcome.VALID, Problem.NONE, rate, evidence=read_evidence(document), document=document
    )


def is_compressed(headers: Mapping[str, str]) -> bool:
    """Whether the answer came in an encoding that we did not ask for."""
    return headers.get("Content-Encoding", "").strip().lower() not in {"", "identity"}


def _throttled(headers: Mapping[str, str], body: bytes | None, at: datetime) -> Verdict:
    usable = body is not None and len(body) <= MAX_BODY_BYTES and not is_compressed(headers)
    document = parse_object(body) if usable and body else None
    detail = document.get("detail") if document else None
    hints = read_retry_hints(headers, detail if isinstance(detail, str) else None, at)
    return Verdict(Outcome.THROTTLED, Problem.NONE, read_rate_headers(headers), hints)


def _could_not_check(problem: Problem, headers: Mapping[str, str]) -> Verdict:
    outcome = Outcome.UNREACHABLE if problem in _NO_ANSWER else Outcome.UNUSABLE
    return Verdict(outcome, problem, read_rate_headers(headers))


def _flaw(status: int, headers: Mapping[str, str], body: bytes) -> Problem:
    if 300 <= status < 400:
        return Problem.REDIRECT
    if status == 407:
        return Problem.PROXY
    if status >= 500:
        return Problem.VENDOR
    if status not in _REFUSALS and not 200 <= status < 300:
        return Problem.STATUS
    if is_compressed(headers):
        return Problem.COMPRESSED
    if len(body) > MAX_BODY_BYTES:
        return Problem.TOO_LARGE
    return Problem.NONE if body.strip() else Problem.EMPTY


def _is_html(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"
