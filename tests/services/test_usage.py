"""Keys of integrations, and what they report."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ACTOR, NOW, make_integration, make_token, token_value
from tokens.errors import InvalidInput, NotFound, WrongState
from tokens.models import AuditEvent, Integration, Secret, Token, Usage, UsageKey
from tokens.policy.usage import HourMap
from tokens.services.report_usage import report_usage
from tokens.services.usage_keys import authenticate, create_usage_key, revoke_usage_key

pytestmark = pytest.mark.django_db


def key_for(token: Token) -> UsageKey:
    return create_usage_key(integration=token.integration, actor=ACTOR, now=NOW)[0]


def report(token: Token, seen_at: datetime | None, *, now: datetime = NOW) -> Usage:
    key = token.integration.keys.first() or key_for(token)
    return report_usage(token=token, key=key, seen_at=seen_at, now=now)


def test_a_key_is_shown_once_and_kept_as_a_hash() -> None:
    key, plain = create_usage_key(integration=make_integration(), actor=ACTOR, now=NOW)
    assert plain.startswith("ctg_")
    assert len(plain) == 47
    stored = UsageKey.objects.values().get()
    assert all(plain[4:] not in str(value) for value in stored.values())
    assert plain[4:] not in "".join(AuditEvent.objects.values_list("data", flat=True))
    assert authenticate(plain=plain, now=NOW) == key


@pytest.mark.parametrize("wrong", ["", "ctg_", "x" * 100_000, "ctg_\0\ud800"])
def test_a_wrong_key_is_none(wrong: str) -> None:
    _, plain = create_usage_key(integration=make_integration(), actor=ACTOR, now=NOW)
    assert authenticate(plain=wrong, now=NOW) is None
    assert authenticate(plain=plain[:-1], now=NOW) is None
    assert authenticate(plain=plain + "x", now=NOW) is None


def test_a_revoked_key_is_none_at_once() -> None:
    key, plain = create_usage_key(integration=make_integration(), actor=ACTOR, now=NOW)
    revoke_usage_key(key=key, actor=ACTOR, now=NOW)
    assert authenticate(plain=plain, now=NOW) is None
    with pytest.raises(WrongState):
        revoke_usage_key(key=key, actor=ACTOR, now=NOW)
    assert AuditEvent.objects.filter(kind="usage_key.revoked").count() == 1


def test_last_use_of_a_key_moves_once_a_minute() -> None:
    _, plain = create_usage_key(integration=make_integration(), actor=ACTOR, now=NOW)
    for seconds, expected in [(0, 0), (59, 0), (61, 61)]:
        authenticate(plain=plain, now=NOW + timedelta(seconds=seconds))
        assert UsageKey.objects.get().last_used_at == NOW + timedelta(seconds=expected)


def test_a_report_is_evidence_of_use() -> None:
    token = make_token()
    usage = report(token, NOW - timedelta(hours=2))
    secret = Secret.objects.get()
    assert (secret.last_used_at, secret.last_used_evidence) == (
        NOW - timedelta(hours=2),
        "report",
    )
    hours = HourMap.from_text(usage.anchor_at, usage.looked, usage.seen)
    assert hours.hours(NOW - timedelta(hours=2), NOW) == (1, 1, 3)


def test_only_the_first_report_of_an_integration_is_audited() -> None:
    token = make_token()
    report(token, None)
    count = AuditEvent.objects.count()
    report(token, None, now=NOW + timedelta(hours=1))
    assert AuditEvent.objects.count() == count
    assert Integration.objects.get().first_reported_at == NOW
    first = AuditEvent.objects.get(kind="usage.first_reported")
    assert first.actor_kind == "api_key"


def test_a_late_report_never_moves_evidence_back() -> None:
    token = make_token(issued_at=datetime(2025, 1, 1, tzinfo=UTC))
    report(token, NOW)
    usage = report(token, NOW - timedelta(days=60))
    assert (usage.first_seen_at, usage.last_seen_at) == (NOW - timedelta(days=60), NOW)
    assert usage.anchor_at == NOW.replace(minute=0)
    assert Secret.objects.get().last_used_at == NOW


def test_a_clock_that_runs_ahead_a_little_counts_as_now() -> None:
    usage = report(make_token(), NOW + timedelta(minutes=5))
    assert usage.last_seen_at == NOW


@pytest.mark.parametrize(
    "seen_at",
    [
        NOW + timedelta(minutes=5, seconds=1),
        datetime(2026, 2, 28, 23, 59, tzinfo=UTC),
        NOW.replace(tzinfo=None),
    ],
)
def test_an_impossible_moment_is_refused(seen_at: datetime) -> None:
    token = make_token(issued_at=NOW)
    with pytest.raises(InvalidInput) as caught:
        report(token, seen_at)
    assert caught.value.field == "seen_at"
    assert not Usage.objects.exists()


def test_a_key_is_good_for_its_integration_alone() -> None:
    mine, other = make_token(), make_token()
    with pytest.raises(NotFound):
        report_usage(token=other, key=key_for(mine), seen_at=None, now=NOW)
    assert not Usage.objects.exists()


def test_rows_of_one_secret_share_their_evidence() -> None:
    value = token_value()
    first = make_token(value=value)
    second = make_token(value=value, allow_shared=True)
    report(first, NOW - timedelta(hours=1))
    report(second, NOW)
    assert Usage.objects.get().last_seen_at == NOW


def test_a_token_that_nobody_holds_may_be_reported() -> None:
    assert report(make_token(value=None), None).last_seen_at == NOW
