from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.policy.moments import NOW, ago, ahead
from tokens.policy.revocation import NEVER_WORKED_HERE, ProofFacts
from tokens.policy.schedule import Occasion, farthest, next_check
from tokens.policy.vocabulary import ACCEPTED, Environment, Outcome, Proof

PRODUCTION, DEVELOPMENT = Environment.PRODUCTION, Environment.DEVELOPMENT
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def after(outcome: Outcome, environment: Environment = PRODUCTION, **facts: Any) -> timedelta:
    """How long after NOW the next check lies."""
    given: dict[str, Any] = {"secret_key": "s", "at": NOW, "confirm_seconds": 300} | facts
    return next_check(Occasion(environment=environment, outcome=outcome, **given)) - NOW


def proof(kind: Proof = Proof.CLAIMED, reason: str = "", **facts: Any) -> ProofFacts:
    return ProofFacts(kind, reason, recorded_at=ago(days=9), accepted_before=True, **facts)


@pytest.mark.parametrize(
    "outcome", [Outcome.VALID, Outcome.FORBIDDEN, Outcome.UNREADABLE, Outcome.UNAUTHORIZED]
)
@pytest.mark.parametrize(("environment", "period"), [(PRODUCTION, HOUR), (DEVELOPMENT, DAY)])
def test_normally_a_period_give_or_take_a_tenth(
    outcome: Outcome, environment: Environment, period: timedelta
) -> None:
    waits = [after(outcome, environment, secret_key=str(n)) for n in range(300)]
    assert all(0.9 * period <= wait <= 1.1 * period for wait in waits)
    assert max(waits) - min(waits) > 0.18 * period


@pytest.mark.parametrize(("environment", "steps"), [(PRODUCTION, 1500), (DEVELOPMENT, 600)])
def test_the_minute_does_not_settle(environment: Environment, steps: int) -> None:
    at, minutes = NOW, set()
    for _ in range(steps):
        at = next_check(Occasion("s", environment, Outcome.VALID, at, 300))
        minutes.add(at.minute)
    assert len(minutes) == 60


def test_the_plan_is_deterministic_whatever_the_zone() -> None:
    moved = datetime.fromisoformat("2026-03-10T14:00:00+02:00")
    assert moved == NOW
    assert after(Outcome.VALID) == after(Outcome.VALID, at=moved)


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.UNUSABLE])
@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
def test_what_could_not_tell_is_asked_again_soon(
    outcome: Outcome, environment: Environment
) -> None:
    assert after(outcome, environment) == 15 * MINUTE


@pytest.mark.parametrize(
    ("hints", "wait"),
    [
        ([], HOUR),
        ([ahead(seconds=5)], MINUTE),
        ([ahead(minutes=20)], 20 * MINUTE),
        ([ahead(minutes=20), ahead(minutes=40)], 40 * MINUTE),  # the latest sane one
        ([ahead(hours=2)], 2 * HOUR),
        ([ahead(hours=2, seconds=1)], HOUR),
        ([ahead(seconds=10**9), ahead(minutes=3)], 3 * MINUTE),
        ([NOW, ago(minutes=5)], HOUR),
    ],
)
@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
def test_throttled_waits_for_the_latest_sane_hint(
    hints: list[datetime], wait: timedelta, environment: Environment
) -> None:
    assert after(Outcome.THROTTLED, environment, retry_hints=hints) == wait


@pytest.mark.parametrize(
    ("suspect_since", "confirm", "wait"),
    [
        (NOW, 300, timedelta(seconds=301)),
        (NOW, 0, timedelta(seconds=1)),
        (ago(seconds=100), 300, timedelta(seconds=201)),
        (ago(seconds=300), 300, timedelta(seconds=1)),
        # the moment passed without a decision (a hold): no hammering
        (ago(seconds=301), 300, 15 * MINUTE),
        (ago(days=3), 0, 15 * MINUTE),
    ],
)
@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
def test_a_suspicion_is_confirmed_soon(
    suspect_since: datetime, confirm: int, wait: timedelta, environment: Environment
) -> None:
    facts: dict[str, Any] = {"suspect_since": suspect_since, "confirm_seconds": confirm}
    assert after(Outcome.UNAUTHORIZED, environment, **facts) == wait
    refused: dict[str, Any] = {
        "revocation": proof(first_refused_at=suspect_since),
        "confirm_seconds": confirm,
    }
    assert after(Outcome.UNAUTHORIZED, environment, **refused) == wait


def test_a_suspicion_never_retries_into_a_throttled_token() -> None:
    facts: dict[str, Any] = {"suspect_since": ago(seconds=100), "retry_hints": [ahead(minutes=40)]}
    assert after(Outcome.THROTTLED, **facts) == 40 * MINUTE
    assert after(Outcome.THROTTLED, suspect_since=NOW, retry_hints=[ahead(minutes=1)]) == (
        timedelta(seconds=301)
    )


def test_of_two_open_refusals_the_sooner_decides() -> None:
    claimed = proof(first_refused_at=NOW)
    assert after(Outcome.UNAUTHORIZED, suspect_since=ago(seconds=60), revocation=claimed) == (
        timedelta(seconds=241)
    )
    assert after(Outcome.UNAUTHORIZED, suspect_since=ago(days=1), revocation=claimed) == (
        timedelta(seconds=301)
    )


@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
@pytest.mark.parametrize(
    ("confirmed_at", "least"),
    [(NOW, DAY), (ago(hours=20), 4 * HOUR), (ago(hours=24), DAY), (ago(days=5), DAY)],
)
def test_confirmed_waits_a_day_and_is_then_asked_daily(
    environment: Environment, confirmed_at: datetime, least: timedelta
) -> None:
    confirmed = proof(Proof.CONFIRMED, first_refused_at=ago(days=6), confirmed_at=confirmed_at)
    for outcome in (Outcome.UNAUTHORIZED, Outcome.UNREACHABLE):
        wait = after(outcome, environment, revocation=confirmed)
        assert least <= wait <= least + 0.1 * DAY


def test_what_never_worked_here_is_asked_daily() -> None:
    never = proof(reason=NEVER_WORKED_HERE, first_refused_at=ago(hours=2))
    assert 0.9 * DAY <= after(Outcome.UNAUTHORIZED, revocation=never) <= 1.1 * DAY


def test_a_contradicted_revocation_is_checked_as_usual() -> None:
    works = proof(Proof.CONTRADICTED, contradicted_at=NOW)
    assert 0.9 * HOUR <= after(Outcome.VALID, revocation=works) <= 1.1 * HOUR


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("suspect_since", [None, NOW, ago(days=1)])
@pytest.mark.parametrize("revocation", [None, proof(), proof(first_refused_at=NOW)])
def test_the_next_check_is_always_later(
    outcome: Outcome, suspect_since: datetime | None, revocation: ProofFacts | None
) -> None:
    wait = after(outcome, suspect_since=suspect_since, revocation=revocation, confirm_seconds=0)
    assert wait >= timedelta(seconds=1)


def watched(**facts: Any) -> timedelta:
    given: dict[str, Any] = {
        "replaced_at": ago(hours=2),
        "reset": int(ahead(minutes=50).timestamp()),
    }
    return after(facts.pop("outcome", Outcome.VALID), **given | facts)


@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
@pytest.mark.parametrize("outcome", [Outcome.VALID, Outcome.FORBIDDEN])
@pytest.mark.parametrize(
    ("reset", "earliest", "latest"),
    [
        (ahead(minutes=50), 47 * MINUTE, 49 * MINUTE),
        (ahead(minutes=60), 57 * MINUTE, 59 * MINUTE),
        (ahead(minutes=15), 12 * MINUTE, 14 * MINUTE),
        (ahead(minutes=62), 57 * MINUTE, 59 * MINUTE),
        # too near to ask again
        (ahead(minutes=10), 57 * MINUTE, 59 * MINUTE),
        (ahead(seconds=1), 57 * MINUTE, 59 * MINUTE),
    ],
)
def test_a_replaced_one_is_asked_shortly_before_its_window_resets(
    environment: Environment, outcome: Outcome, reset: datetime, earliest: Any, latest: Any
) -> None:
    waits = [
        watched(outcome=outcome, environment=environment, reset=int(reset.timestamp()),
                secret_key=str(number))
        for number in range(200)
    ]  # fmt: skip
    assert all(earliest <= wait <= latest for wait in waits)
    assert max(waits) - min(waits) > MINUTE


@pytest.mark.parametrize(
    "facts",
    [
        {"reset": None},
        {"reset": int(NOW.timestamp())},
        {"reset": int(ago(minutes=5).timestamp())},
        {"reset": int(ahead(minutes=63).timestamp())},
        {"reset": 3600},  # seconds from now are no moment
        {"reset": 10**15 - 1},
        {"replaced_at": None},
        {"replaced_at": ago(days=32)},  # not for ever
    ],
)
@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
def test_without_a_window_that_makes_sense_all_stays_as_it_was(
    environment: Environment, facts: dict[str, Any]
) -> None:
    assert watched(environment=environment, **facts) == after(Outcome.VALID, environment)


@pytest.mark.parametrize("outcome", [word for word in Outcome if word not in ACCEPTED])
def test_only_an_acceptance_says_when_the_window_ends(outcome: Outcome) -> None:
    assert watched(outcome=outcome) == after(outcome)


def test_a_watch_never_asks_more_often_than_a_handful_of_times_an_hour() -> None:
    for second in range(1, 3720, 7):
        reset = int((NOW + timedelta(seconds=second)).timestamp())
        assert watched(reset=reset) >= 10 * MINUTE


@pytest.mark.parametrize(("minutes", "wait"), [(2, 15), (20, 20), (1, 15)])
def test_throttled_again_waits_longer_than_a_short_hint(minutes: int, wait: int) -> None:
    facts: dict[str, Any] = {"retry_hints": [ahead(minutes=minutes)]}
    assert after(Outcome.THROTTLED, **facts) == minutes * MINUTE
    assert after(Outcome.THROTTLED, throttled_before=True, **facts) == wait * MINUTE
    assert after(Outcome.THROTTLED, throttled_before=True) == HOUR


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("environment", [PRODUCTION, DEVELOPMENT])
@pytest.mark.parametrize("confirm_seconds", [0, 300, 3 * 86_400])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"suspect_since": ago(minutes=1)},
        {"throttled_before": True, "retry_hints": (ahead(days=9),)},
        {"revocation": proof(first_refused_at=ago(minutes=1))},
        {"revocation": proof(Proof.CONFIRMED, confirmed_at=ago(minutes=1))},
        # What a clock that was put back leaves behind.
        {"suspect_since": ahead(days=100)},
        {"revocation": proof(Proof.CONFIRMED, confirmed_at=ahead(days=100))},
        {"revocation": proof(first_refused_at=ahead(days=100))},
    ],
)
def test_no_check_is_ever_planned_beyond_the_farthest(
    outcome: Outcome, environment: Environment, confirm_seconds: int, facts: dict[str, Any]
) -> None:
    waits = [
        after(outcome, environment, confirm_seconds=confirm_seconds, secret_key=str(n), **facts)
        for n in range(20)
    ]
    assert timedelta(0) < max(waits) <= farthest(confirm_seconds)
    assert farthest(300) < timedelta(hours=27)
