"""Several worker processes sweep at once: each value is asked about once, whoever asks.

Counted where it cannot be got wrong, at the other end of the wire and by value.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import Sum
from django.utils import timezone

from tests.factories import ACTOR, token_value
from tests.journeys.dumps import free_redis, given_redis
from tests.probing.sweepers import sweep_at_once, sweepers
from tests.stand_in import StandIn
from tokens.audit import verify
from tokens.models import AuditEvent, Check, Secret
from tokens.policy import rate
from tokens.services.import_csv import import_csv

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
]
#: Few at a time, so that each of them claims often while the others do.
IN_FLIGHT = "10"
PER_SECOND, BUDGETED = 60, 300
HEADER = "company,workspace_id,integration,environment,scope,owner_email,issued_at,token"
#: What every so many of them answer; all others are valid.
ODD = {7: "forbidden", 31: "unauthorized", 43: "503"}
OUTCOMES = {"503": "unusable"}


@pytest.mark.postgresql
def test_four_on_postgresql(tmp_path: Path) -> None:
    _side_by_side(tmp_path, processes=4, tokens=2_000)


@pytest.mark.embedded
def test_two_on_sqlite(tmp_path: Path) -> None:
    _side_by_side(tmp_path, processes=2, tokens=600)


@pytest.mark.service
def test_a_budget_shared_by_redis(tmp_path: Path) -> None:
    with free_redis(given_redis()) as url:
        _within_budget(tmp_path, processes=4, REDIS_URL=url)


@pytest.mark.embedded
def test_a_budget_shared_by_a_file(tmp_path: Path) -> None:
    _within_budget(tmp_path, processes=2)


def _within_budget(folder: Path, *, processes: int, **more: str) -> None:
    """So many processes at once ask no more often than one may, and hardly less."""
    more |= {"COOLSET_CONCURRENCY": "6", "COOLSET_RATE": str(PER_SECOND)}
    with StandIn() as coolset, sweepers(folder, coolset.url, processes, **more) as running:
        modes = _seed(coolset, BUDGETED)
        shares = sweep_at_once(running)
        assert Counter(coolset.calls(value) for value in modes) == {1: BUDGETED}
        assert min(shares) > 0, f"somebody did nothing: {shares}"
        moments = sorted(at for at, _, _ in coolset.world.log)
    # What was saved up, and the chunk of each that they had in hand when a second began.
    beyond = PER_SECOND * (rate.SAVED_SECONDS + 0.1) + rate.chunk(PER_SECOND)
    for first, after in zip(moments, moments[int(PER_SECOND + beyond) :], strict=False):
        assert after - first >= 1, "more than the budget in a second"
    assert PER_SECOND * 0.7 < BUDGETED / (moments[-1] - moments[0]) < PER_SECOND * 1.1


def _side_by_side(folder: Path, *, processes: int, tokens: int) -> None:
    few = {"COOLSET_CONCURRENCY": IN_FLIGHT}
    with StandIn() as coolset, sweepers(folder, coolset.url, processes, **few) as running:
        modes = _seed(coolset, tokens)
        # First all change and are audited, then nearly all are the plain case.
        for times in (1, 2):
            due = timezone.now() - timedelta(hours=1)
            Secret.objects.update(next_check_at=due, throttled_until=None)
            shares = sweep_at_once(running)
            asked = Counter(coolset.calls(value) for value in modes)
            assert asked == {times: tokens}, "each value was asked about once a sweep"
            assert sum(shares) == tokens
            assert min(shares) > 0, f"somebody did nothing: {shares}"
            _all_recorded(modes, times)


def _all_recorded(modes: dict[str, str], times: int) -> None:
    results = Check.objects.values("secret").annotate(sum=Sum("count")).values_list("sum")
    assert Counter(results) == {(times,): len(modes)}
    expected = Counter(OUTCOMES.get(mode, mode) for mode in modes.values())
    assert Counter(Secret.objects.values_list("last_outcome", flat=True)) == expected
    assert not Secret.objects.filter(claim__isnull=False).exists()
    assert not Secret.objects.filter(claimed_until__isnull=False).exists()
    assert {len(calls) for calls in Secret.objects.values_list("own_calls", flat=True)} == {times}
    assert verify().ok
    changed = AuditEvent.objects.filter(kind="token.health_changed")
    assert changed.count() == expected["valid"] + expected["forbidden"], "each told once"


def _seed(coolset: StandIn, tokens: int) -> dict[str, str]:
    """Store so many; what each value answers."""
    modes = {token_value(): _mode(number) for number in range(tokens)}
    lines = [HEADER]
    for number, (value, mode) in enumerate(modes.items()):
        company = number % 40
        coolset.seed(value, mode, config={"workspace_id": 500 + company})
        lines.append(
            f"Company {company},{500 + company},Integration {number},production,read,"
            f"owner{number % 9}@acme.example,2026-01-01,{value}"
        )
    import_csv(
        source="\n".join(lines).encode(),
        dry_run=False,
        allow_shared=False,
        actor=ACTOR,
        now=timezone.now(),
    )
    return modes


def _mode(number: int) -> str:
    return next((mode for each, mode in ODD.items() if number % each == each - 1), "valid")
