"""/metrics: every figure moves when the fact moves, and nothing in it names a person or a value."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from coolset_admin import figures
from tests.factories import accepted, failing, make_account, make_token
from tokens.models import (
    ApiKey,
    Channel,
    Delivery,
    Incident,
    Mail,
    Notice,
    Secret,
    Snapshot,
    Tally,
    Token,
    UsageKey,
)
from tokens.models.base import new_id
from tokens.policy.counted import Counted
from tokens.policy.vocabulary import Flag
from tokens.services.accounts import record_failed_sign_in
from tokens.services.pulse import beat
from tokens.services.tally import tally

pytestmark = pytest.mark.django_db
Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    cache.clear()


def told(client: Client) -> dict[Sample, float]:
    """What /metrics says of the product, counted anew."""
    cache.clear()
    text = client.get("/metrics").content.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name.startswith("coolset_")
    }


def value(client: Client, name: str, **labels: str) -> float | None:
    return told(client).get((name, frozenset(labels.items())))


def _mail(**columns: Any) -> Mail:
    now = timezone.now()
    return Mail.objects.create(
        recipient="a@example.com", kind="reminder", message_id=str(new_id()),
        **({"created_at": now - timedelta(hours=30)} | columns),
    )  # fmt: skip


def _notice() -> None:
    Notice.objects.create(
        kind="reminder", token=make_token(), occasion="2026-01-01", recipient="a@example.com",
        mail=_mail(), created_at=timezone.now(),
    )  # fmt: skip


def _channel(**columns: Any) -> Channel:
    return Channel.objects.create(
        way="webhook", name=str(new_id()), shown="x", created_at=timezone.now(), created_by="x",
        **columns,
    )  # fmt: skip


def _delivery() -> None:
    Delivery.objects.create(
        channel=_channel(), told_as="x", kind="test", topic="test",
        begun_at=timezone.now(), created_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip


def _claimed(minutes: int) -> None:
    now = timezone.now()
    secret = {"claim": new_id(), "claimed_until": now + timedelta(minutes=minutes)}
    make_token(secret={"next_check_at": now - timedelta(minutes=1)} | secret)


def _not_due() -> Token:
    return make_token(secret={"next_check_at": timezone.now() + timedelta(hours=1)})


def _keys_of_scripts() -> None:
    now = timezone.now()
    for days in (1, -1):
        ApiKey.objects.create(
            name=str(new_id()), hint="x", digest=secrets.token_bytes(32), created_by="x",
            created_at=now - timedelta(days=9), expires_at=now + timedelta(days=days),
        )  # fmt: skip


def _snapshot() -> None:
    Snapshot.objects.create(
        day="2026-01-01", active=9, within=9, out_of_policy=0, unknown_age=0, not_held=0,
        taken_at=timezone.now(),
    )  # fmt: skip


def _incident() -> None:
    now = timezone.now()
    Incident.objects.create(begun_at=now, last_bad_at=now, watched=20, bad=15)


FACTS: list[tuple[str, dict[str, str], Callable[[], Any], float]] = [
    ("coolset_tokens", {"state": "active"}, _not_due, 1),
    ("coolset_tokens_flagged", {"flag": "failing"}, lambda: make_token(secret=failing()), 1),
    ("coolset_tokens_flagged", {"flag": "ownerless"}, lambda: make_token(owner_email=""), 1),
    ("coolset_policy_tokens", {"standing": "within"}, _snapshot, 9),
    ("coolset_checks_due", {}, make_token, 1),
    ("coolset_checks_due", {}, _not_due, 0),
    ("coolset_checks_claimed", {}, lambda: _claimed(2), 1),
    ("coolset_checks_lapsed", {}, lambda: _claimed(-1), 1),
    ("coolset_mails_waiting", {}, _mail, 1),
    ("coolset_mails_refused", {}, lambda: _mail(status="refused"), 1),
    ("coolset_reminders_unsent", {}, _notice, 1),
    ("coolset_reminders_unplanned", {},
     lambda: make_token(row={"remind_at": timezone.now() - timedelta(days=1)}), 1),
    ("coolset_channels", {"standing": "in_use"}, _channel, 1),
    ("coolset_channels", {"standing": "failing"},
     lambda: _channel(failing_since=timezone.now()), 1),
    ("coolset_channels", {"standing": "stopped"},
     lambda: _channel(active=False, stopped_at=timezone.now()), 1),
    ("coolset_deliveries_waiting", {}, _delivery, 1),
    ("coolset_incident_held", {}, _incident, 1),
    ("coolset_keys_in_use", {"kind": "api"}, _keys_of_scripts, 1),
    ("coolset_keys_in_use", {"kind": "usage"}, lambda: UsageKey.objects.create(
        integration=make_token().integration, hint="x", digest=secrets.token_bytes(32),
        created_at=timezone.now(), created_by="x"), 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "labels", "happens", "more"), FACTS)
def test_a_figure_moves_with_its_fact(
    client: Client, name: str, labels: dict[str, str], happens: Callable[[], Any], more: float
) -> None:
    before = value(client, name, **labels) or 0
    happens()
    assert (value(client, name, **labels) or 0) == before + more


@pytest.mark.parametrize(
    ("name", "happens", "seconds"),
    [
        ("coolset_oldest_due_check_seconds",
         lambda: make_token(secret={"next_check_at": timezone.now() - timedelta(hours=1)}), 3600),
        ("coolset_oldest_waiting_mail_seconds", _mail, 30 * 3600),
        ("coolset_oldest_waiting_delivery_seconds", _delivery, 7200),
    ],
)  # fmt: skip
def test_what_waits_has_an_age_and_nothing_has_none(
    client: Client, name: str, happens: Callable[[], Any], seconds: float
) -> None:
    assert value(client, name) == 0
    happens()
    assert value(client, name) == pytest.approx(seconds, abs=60)


@pytest.mark.parametrize(
    "work",
    ["beat", "sweep", "remind", "watch", "checkpoint", "audit_verified", "deadman", "housekeeping"],
)
def test_when_work_was_last_done(client: Client, work: str) -> None:
    name, at = "coolset_last_done_timestamp_seconds", timezone.now()
    assert value(client, name, work=work) is None
    beat(work, now=at)
    assert value(client, name, work=work) == pytest.approx(at.timestamp(), abs=0.001)


@pytest.mark.parametrize(
    ("counted", "label", "name", "labels"),
    [
        (Counted.CHECKED, "valid", "coolset_checks_total", {"outcome": "valid"}),
        (Counted.NOT_RECORDED, "", "coolset_checks_not_recorded_total", {}),
        (Counted.SWEEPS, "done", "coolset_sweeps_total", {"end": "done"}),
        (Counted.SWEEP_MILLISECONDS, "", "coolset_sweep_milliseconds_total", {}),
        (Counted.TASKS_DONE, "tokens.sweep", "coolset_tasks_done_total", {"task": "tokens.sweep"}),
        (Counted.TASKS_FAILED, "tokens.remind", "coolset_tasks_failed_total",
         {"task": "tokens.remind"}),
        (Counted.LET_GO, "checks", "coolset_rows_let_go_total", {"what": "checks"}),
    ],
)  # fmt: skip
def test_counters_are_told(
    client: Client, counted: Counted, label: str, name: str, labels: dict[str, str]
) -> None:
    tally(counted, {label: 3}, now=timezone.now())
    assert value(client, name, **labels) == 3


def test_every_counter_is_told() -> None:
    from tokens.selectors.figures_work import _COUNTERS

    assert set(_COUNTERS) == set(Counted)


def test_the_trail_and_failed_sign_ins(client: Client) -> None:
    before = told(client)
    record_failed_sign_in(
        email="nobody@example.com", address="192.0.2.1", locked=False, now=timezone.now()
    )
    after = told(client)
    entries = ("coolset_audit_entries", frozenset[tuple[str, str]]())
    failed = ("coolset_sign_ins_total", frozenset({("result", "failed")}))
    assert after[entries] == before[entries] + 1
    assert after[failed] == before[failed] + 1


def test_values_by_the_key_they_need(client: Client) -> None:
    token = make_token()
    assert value(client, "coolset_tokens_sealed", key=token.key_id) == 1
    make_token(value=None)
    assert value(client, "coolset_tokens_sealed", key=token.key_id) == 1


def test_every_flag_and_state_is_there_from_the_beginning(client: Client) -> None:
    found = told(client)
    flags = {dict(labels)["flag"] for name, labels in found if name == "coolset_tokens_flagged"}
    assert flags == {flag.value for flag in Flag}
    assert found["coolset_database_bytes", frozenset()] > 10_000
    assert found["coolset_figures_up", frozenset()] == 1


def test_companies_are_told_where_that_is_asked_for_and_never_more(
    client: Client, settings: Settings
) -> None:
    small, big = make_token(owner_email="").company, make_token(owner_email="").company
    make_token(company=big, owner_email="")
    assert not [name for name, _ in told(client) if "company" in name]
    settings.METRICS_COMPANIES = 1
    name = "coolset_company_tokens_by_flag"
    assert value(client, name, company=big.name, flag="ownerless") == 2
    assert value(client, name, company="(others)", flag="ownerless") == 1
    assert value(client, name, company=small.name, flag="ownerless") is None
    assert value(client, "coolset_company_tokens_by_state", company=big.name, state="active") == 2
    settings.METRICS_COMPANIES = 2
    assert value(client, name, company=small.name, flag="ownerless") == 1


def test_nothing_names_a_person_a_hint_or_a_value(client: Client, settings: Settings) -> None:
    settings.METRICS_COMPANIES = 50
    plain = "sk_" + "live_" + secrets.token_hex(12)
    company = f"Acme {plain}"
    token = make_token(value=plain, owner_email="ada@example.com", secret=accepted())
    type(token.company).objects.filter(pk=token.company_id).update(name=company)
    make_account("boss@example.com")
    record_failed_sign_in(
        email="ada@example.com", address="192.0.2.77", locked=False, now=timezone.now()
    )
    _mail()
    text = client.get("/metrics").content.decode()
    assert "Acme [hidden]" in text
    for word in (plain, plain[-6:], token.hint, "@example", "192.0.2", str(token.pk), "boss"):
        assert word not in text


def test_scraping_again_asks_the_database_nothing(client: Client) -> None:
    client.get("/metrics")
    with CaptureQueriesContext(connection) as asked:
        client.get("/metrics")
    assert len(asked) == 0


def test_the_number_of_queries_does_not_grow(client: Client, settings: Settings) -> None:
    settings.METRICS_COMPANIES = 50

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            client.get("/metrics")
        return len(asked)

    make_token(owner_email="")
    few = queries()
    for _ in range(5):
        make_token(owner_email="")
        _delivery()
        _notice()
    assert queries() == few <= 26


def test_a_database_that_is_away_leaves_the_process_own_figures(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> Any:
        raise DatabaseError("could not connect")

    monkeypatch.setattr(figures, "work_figures", away)
    answer = client.get("/metrics")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "coolset_figures_up 0.0" in text
    assert "coolset_tokens{" in text
    assert re.search(r"^django_http_requests_before_middlewares_total", text, re.M)


def test_a_cache_that_is_away_costs_a_count_and_no_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> Any:
        raise OSError("no cache")

    monkeypatch.setattr(figures, "cache", type("Cache", (), {"get": away, "set": away})())
    assert b"coolset_figures_up 1.0" in client.get("/metrics").content
    assert Secret.objects.count() == Tally.objects.count() == 0
