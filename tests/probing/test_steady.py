"""The plain case is recorded by a shorter way, which must leave the very rows of the long one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from tests.factories import NOW, make_token
from tokens.coolset.outcomes import Answer, Evidence, Problem
from tokens.models import AuditEvent, Check, Revocation, Secret, Token, Usage
from tokens.policy.usage import RateHeaders
from tokens.policy.vocabulary import Outcome
from tokens.services.probing import recording
from tokens.services.probing.asking import Result
from tokens.services.probing.claiming import Pace, claim_due
from tokens.services.probing.steady import record_steady

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
CONFIRM = 300
SAID = Evidence(7, "sam@acme.example")
HEADERS = RateHeaders(1000, 998)


def answer(**changes: Any) -> Answer:
    facts: dict[str, Any] = {
        "outcome": Outcome.VALID,
        "status": 200,
        "latency_ms": 50,
        "begun_at": LATER - timedelta(seconds=1),
        "at": LATER,
        "headers": HEADERS,
        "evidence": SAID,
        "problem": Problem.NONE,
    }
    return Answer(**facts | changes)


def claimed(now: Any) -> dict[UUID, Any]:
    Secret.objects.filter(fingerprint__isnull=False).update(next_check_at=now)
    return {job.subject_id: job for job in claim_due(pace=Pace(50, 2), now=now)}


def worked_before(count: int = 1, **fields: Any) -> list[Token]:
    """Tokens whose first check was recorded, as ever, by the long way."""
    tokens = [make_token(**fields) for _ in range(count)]
    first = answer(begun_at=NOW, at=NOW, headers=RateHeaders(1000, 999))
    results = [Result(job, first, None, 1) for job in claimed(NOW).values()]
    recording.record(results, confirm_seconds=CONFIRM, now=NOW)
    return tokens


def recorded(results: list[Result]) -> dict[str, Any]:
    """Every row as it is afterwards; nothing of it stays."""
    with transaction.atomic():
        recording.record(results, confirm_seconds=CONFIRM, now=LATER)
        tables = (Secret, Check, Usage, Revocation)
        rows: dict[str, Any] = {
            model.__name__: list(model.objects.order_by("pk").values()) for model in tables
        }
        rows["events"] = list(
            AuditEvent.objects.order_by("pk").values("kind", "subject_id", "data")
        )
        transaction.set_rollback(True)
    return rows


@contextmanager
def by_the_long_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(recording, "record_steady", lambda results, seconds: set())
        yield


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"headers": None},
        {"latency_ms": 0},
        {"at": LATER + timedelta(days=2)},
        {"at": NOW - timedelta(hours=3), "begun_at": NOW - timedelta(hours=3)},
    ],
)
def test_a_plain_answer_leaves_the_same_rows(
    monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, Any]
) -> None:
    worked_before(3)
    results = [Result(job, answer(**changes), None, 1) for job in claimed(LATER).values()]
    with transaction.atomic():
        assert len(record_steady({r.job.subject_id: r for r in results}, CONFIRM)) == 3
        transaction.set_rollback(True)
    short = recorded(results)
    with by_the_long_way(monkeypatch):
        assert short == recorded(results)


def test_a_replaced_token_is_asked_at_the_same_moment_by_both_ways(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked_before(row={"state": "replaced", "replaced_at": NOW})
    reset = int((LATER + timedelta(minutes=40)).timestamp())
    headers = RateHeaders(1000, 998, reset)
    results = [Result(job, answer(headers=headers), None, 1) for job in claimed(LATER).values()]
    short = recorded(results)
    ahead = short["Secret"][0]["next_check_at"] - LATER
    assert timedelta(minutes=37) <= ahead <= timedelta(minutes=39)
    with by_the_long_way(monkeypatch):
        assert short == recorded(results)


def test_only_so_many_latencies_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_before()
    Check.objects.update(latencies=list(range(40)))
    results = [Result(job, answer(), None, 1) for job in claimed(LATER).values()]
    short = recorded(results)
    assert short["Check"][0]["latencies"] == [*range(9, 40), 50]
    with by_the_long_way(monkeypatch):
        assert short == recorded(results)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": Outcome.FORBIDDEN, "status": 403, "evidence": None},
        {"outcome": Outcome.UNAUTHORIZED, "status": 401, "evidence": None},
        {"status": 204},
        {"evidence": Evidence(8, "sam@acme.example")},
        {"evidence": Evidence(7, "other@acme.example")},
        {"headers": RateHeaders(1000, 900)},
    ],
    ids=["forbidden", "unauthorized", "status", "workspace", "account", "used"],
)
def test_what_is_news_takes_the_long_way(changes: Mapping[str, Any]) -> None:
    worked_before()
    results = {key: Result(job, answer(**changes), None, 1) for key, job in claimed(LATER).items()}
    assert record_steady(results, CONFIRM) == set()


@pytest.mark.parametrize(
    "columns",
    [
        {"suspect_since": NOW},
        {"health": "insufficient"},
        {"last_accepted_at": None},
        {"claim": None},
        {"run_id": None},
    ],
)
def test_a_secret_with_a_story_takes_the_long_way(columns: Mapping[str, Any]) -> None:
    worked_before()
    results = {key: Result(job, answer(), None, 1) for key, job in claimed(LATER).items()}
    Secret.objects.update(**columns)
    assert record_steady(results, CONFIRM) == set()


def test_a_recorded_revocation_takes_the_long_way() -> None:
    (token,) = worked_before()
    results = {key: Result(job, answer(), None, 1) for key, job in claimed(LATER).items()}
    Revocation.objects.create(
        secret=token.secret, token=token, reason="left", by="a", recorded_by="a",
        revoked_at=NOW, recorded_at=NOW,
    )  # fmt: skip
    assert record_steady(results, CONFIRM) == set()
