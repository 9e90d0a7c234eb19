"""Every answer of coolset-api.md over real HTTP, and what it means."""

import asyncio
from datetime import timedelta

import pytest

from tests.coolset.helpers import client, new_token, probe, probe_mode
from tests.stand_in import StandIn
from tokens.coolset.outcomes import Answer, Evidence, Problem
from tokens.policy.vocabulary import Outcome

pytestmark = pytest.mark.enable_socket

MEANINGS = [
    ("valid", 200, Outcome.VALID, Problem.NONE),
    ("no_rate_headers", 200, Outcome.VALID, Problem.NONE),
    ("nonsense_headers", 200, Outcome.VALID, Problem.NONE),
    ("unauthorized", 401, Outcome.UNAUTHORIZED, Problem.NONE),
    ("forbidden", 403, Outcome.FORBIDDEN, Problem.NONE),
    ("throttled", 429, Outcome.THROTTLED, Problem.NONE),
    ("html200", 200, Outcome.UNUSABLE, Problem.HTML),
    ("html401", 401, Outcome.UNUSABLE, Problem.HTML),
    ("html403", 403, Outcome.UNUSABLE, Problem.HTML),
    ("detail_missing", 401, Outcome.UNUSABLE, Problem.NOT_JSON),
    ("array", 200, Outcome.UNUSABLE, Problem.NOT_JSON),
    ("duplicate_keys", 200, Outcome.UNUSABLE, Problem.NOT_JSON),
    ("nan", 200, Outcome.UNUSABLE, Problem.NOT_JSON),
    ("bad_utf8", 200, Outcome.UNUSABLE, Problem.NOT_JSON),
    ("deep", 200, Outcome.UNUSABLE, Problem.TOO_LARGE),
    ("empty", 200, Outcome.UNUSABLE, Problem.EMPTY),
    ("no_content", 204, Outcome.UNUSABLE, Problem.EMPTY),
    ("gzip", 200, Outcome.UNUSABLE, Problem.COMPRESSED),
    ("400", 400, Outcome.UNUSABLE, Problem.STATUS),
    ("404", 404, Outcome.UNUSABLE, Problem.STATUS),
    ("407", 407, Outcome.UNUSABLE, Problem.PROXY),
    ("408", 408, Outcome.UNUSABLE, Problem.STATUS),
    ("409", 409, Outcome.UNUSABLE, Problem.STATUS),
    ("422", 422, Outcome.UNUSABLE, Problem.STATUS),
    ("500", 500, Outcome.UNUSABLE, Problem.VENDOR),
    ("502", 502, Outcome.UNUSABLE, Problem.VENDOR),
    ("503", 503, Outcome.UNUSABLE, Problem.VENDOR),
    ("504", 504, Outcome.UNUSABLE, Problem.VENDOR),
]


@pytest.mark.parametrize(("mode", "status", "outcome", "problem"), MEANINGS)
def test_what_an_answer_means(
    coolset: StandIn, mode: str, status: int, outcome: Outcome, problem: Problem
) -> None:
    answer = probe_mode(coolset, mode)
    assert (answer.status, answer.outcome, answer.problem) == (status, outcome, problem)
    assert answer.calls == 1
    assert answer.begun_at <= answer.at
    assert 0 <= answer.latency_ms < 5000


def test_an_unknown_value_is_refused_by_the_api_itself(coolset: StandIn) -> None:
    assert probe(coolset.url, new_token()).outcome is Outcome.UNAUTHORIZED


def test_the_rate_headers_count_our_call_and_those_of_others(coolset: StandIn) -> None:
    token = new_token()
    coolset.seed(token)
    first = probe(coolset.url, token)
    coolset.foreign_use(token, 7)
    second = probe(coolset.url, token)
    assert first.headers is not None
    assert second.headers is not None
    assert (first.headers.limit, first.headers.remaining) == (1000, 999)
    assert second.headers.remaining == 991
    assert first.headers.reset is not None


@pytest.mark.parametrize("mode", ["no_rate_headers", "nonsense_headers"])
def test_headers_that_make_no_sense_are_none(coolset: StandIn, mode: str) -> None:
    assert probe_mode(coolset, mode).headers is None


@pytest.mark.parametrize("style", ["seconds", "date", "reset"])
def test_a_throttled_answer_says_until_when(coolset: StandIn, style: str) -> None:
    answer = probe_mode(coolset, "throttled", style=style, seconds=300)
    assert answer.retry_hints
    for hint in answer.retry_hints:
        assert timedelta(seconds=295) < hint - answer.at < timedelta(seconds=305)


def test_a_throttled_answer_may_say_nothing_of_use(coolset: StandIn) -> None:
    assert probe_mode(coolset, "throttled", style="garbage").retry_hints == ()


def test_a_hint_beyond_all_sense_is_passed_on_for_the_policy_to_judge(coolset: StandIn) -> None:
    answer = probe_mode(coolset, "throttled", style="1e9")
    (hint,) = answer.retry_hints
    assert hint - answer.at > timedelta(days=10_000)


def test_past_the_allowance_the_vendor_throttles(coolset: StandIn) -> None:
    token = new_token()
    coolset.seed(token)
    coolset.foreign_use(token, 1000)
    assert probe(coolset.url, token).outcome is Outcome.THROTTLED


def test_evidence_of_company_and_user(coolset: StandIn) -> None:
    token = new_token()
    coolset.seed(token, config={"user": {"email": "Sam@Example.com"}, "workspace_id": "4711"})
    assert probe(coolset.url, token).evidence == Evidence(4711, "sam@example.com")


@pytest.mark.parametrize(("kind", "status"), [("refuse_all", 401), ("fail_all", 503)])
def test_an_outage_of_the_vendor(kind: str, status: int) -> None:
    token = new_token()
    with StandIn() as own:
        own.seed(token)
        own.outage(kind)
        assert probe(own.url, token).status == status
        own.outage(None)
        assert probe(own.url, token).outcome is Outcome.VALID


def test_many_at_once_keep_to_their_turns(coolset: StandIn) -> None:
    values = [new_token() for _ in range(60)]
    for value in values:
        coolset.seed(value, latency=0.05)

    async def run() -> list[Answer]:
        async with client(coolset.url, timeout_seconds=2, concurrency=5) as asking:
            return await asyncio.gather(*(asking.probe(value) for value in values))

    answers = asyncio.run(run())
    assert {answer.outcome for answer in answers} == {Outcome.VALID}
    # Twelve rounds of 50 ms: waiting for a turn is not counted as the probe's own time.
    assert max(answer.latency_ms for answer in answers) < 1000
    assert [coolset.calls(value) for value in values] == [1] * 60
