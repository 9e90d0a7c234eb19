"""Who used a token: kept per address and user agent, bounded, and never a token among them."""

import traceback
from datetime import timedelta

import pytest

from tests.factories import ACTOR, NOW, make_token, token_value
from tests.services.test_usage_import import Row, refused, take
from tokens.errors import InvalidInput
from tokens.models import AuditEvent, Sighting, Token, Usage
from tokens.policy.usage_days import DayMap
from tokens.services import sightings
from tokens.services.report_usage import report_usage
from tokens.services.usage_keys import create_usage_key

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def report(token: Token, hours_ago: int = 0, *, address: str = "", user_agent: str = "") -> None:
    key = token.integration.keys.first()
    key = key or create_usage_key(integration=token.integration, actor=ACTOR, now=NOW)[0]
    at = NOW - hours_ago * HOUR
    report_usage(token=token, key=key, seen_at=at, address=address, user_agent=user_agent, now=NOW)


def rows(value: str, *who: tuple[int, str, str]) -> list[Row]:
    return [
        {
            "time": (NOW - ago * HOUR).isoformat(),
            "token": value,
            "address": address,
            "user_agent": agent,
        }
        for ago, address, agent in who
    ]


def kept() -> list[tuple[str, str, int]]:
    found = Sighting.objects.order_by("address", "user_agent")
    return [(row.address, row.user_agent, row.count) for row in found]


def test_a_report_says_from_where_and_by_what() -> None:
    token = make_token()
    report(token, 2, address="192.0.2.7:443", user_agent="portal/2.1")
    report(token, 0, address="192.0.2.7", user_agent="portal/2.1")
    report(token, 1)
    row = Sighting.objects.get()
    assert (row.address, row.user_agent, row.count) == ("192.0.2.7", "portal/2.1", 2)
    assert (row.first_seen_at, row.last_seen_at) == (NOW - 2 * HOUR, NOW)
    assert row.usage.source == "report"


def test_a_log_says_so_too_and_twice_the_same_log_counts_once() -> None:
    value = token_value()
    make_token(value=value)
    log = rows(
        value, (5, "192.0.2.7", ""), (3, "192.0.2.7", ""), (3, "", "curl/8.5.0"), (2, "", "")
    )
    result = take(log)
    assert (result.rows, result.users) == (4, 2)
    take(log)
    assert kept() == [("", "curl/8.5.0", 1), ("192.0.2.7", "", 2)]
    take(rows(value, (4, "192.0.2.7", ""), (1, "192.0.2.7", ""), (7, "192.0.2.7", "")))
    row = Sighting.objects.get(address="192.0.2.7")
    assert (row.count, row.first_seen_at, row.last_seen_at) == (4, NOW - 7 * HOUR, NOW - HOUR)


def test_the_same_caller_is_one_row_per_source_and_secret() -> None:
    value, other = token_value(), token_value()
    token = make_token(value=value)
    make_token(value=other)
    report(token, address="192.0.2.7")
    take(rows(value, (0, "192.0.2.7", "")) + rows(other, (0, "192.0.2.7", "")))
    assert Sighting.objects.count() == 3


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("address", "not an address"),
        ("address", "x" * 300),
        ("user_agent", "x" * 201),
        ("user_agent", "agent {}"),
        ("address", "{}"),
    ],
)
def test_a_bad_value_names_its_field_and_nothing_is_kept(field: str, text: str) -> None:
    value = token_value()
    token = make_token(value=value)
    given = text.format(value)
    with pytest.raises(InvalidInput) as caught:
        report(token, 0, **{field: given})
    assert caught.value.field == field
    shown = "".join(traceback.format_exception(caught.value))
    assert value not in shown
    good = {"time": NOW.isoformat(), "token": value}
    (error,) = refused([good, good | {field: given}])
    assert (error.line, error.column) == (2, field)
    assert value not in error.reason
    assert not Usage.objects.exists()


@pytest.mark.parametrize("shape", ["{}", "portal/{}", "Bearer {}"])
def test_a_value_of_the_inventory_is_refused_whatever_its_shape(shape: str) -> None:
    plain = "winter-garden-7"
    token = make_token(value=plain)
    with pytest.raises(InvalidInput) as caught:
        report(token, user_agent=shape.format(plain))
    assert caught.value.field == "user_agent"
    row = {"time": NOW.isoformat(), "token": plain}
    errors = refused([row | {"address": plain}, row, row | {"user_agent": f"x {plain}"}])
    assert [(error.line, error.column) for error in errors] == [(1, "address"), (3, "user_agent")]
    assert plain not in repr(list(AuditEvent.objects.values("data"))) + repr(errors)
    assert not Sighting.objects.exists()


def test_the_oldest_are_folded_into_one_row_that_says_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sightings, "KEPT", 3)
    value = token_value()
    token = make_token(value=value, now=NOW - 90 * 24 * HOUR, issued_at=NOW - 90 * 24 * HOUR)
    take(rows(value, *((ago, f"192.0.2.{ago}", "") for ago in (9, 8, 7, 6, 5))))
    assert kept() == [("", "", 2), ("192.0.2.5", "", 1), ("192.0.2.6", "", 1), ("192.0.2.7", "", 1)]
    take(rows(value, (4, "192.0.2.4", "")))
    others = Sighting.objects.get(folded__gte=1)
    assert (others.count, others.folded) == (3, 3)
    assert (others.first_seen_at, others.last_seen_at) == (NOW - 9 * HOUR, NOW - 7 * HOUR)
    report(token, address="192.0.2.200")
    assert Sighting.objects.filter(usage__source="log").count() == 4


def test_days_of_use_are_remembered_longer_than_hours() -> None:
    value = token_value()
    token = make_token(value=value, issued_at=NOW - timedelta(days=90))
    report(token)
    report(token, 24 * 60)
    old = [{"time": (NOW - timedelta(days=50)).isoformat(), "token": value}]
    take([*old, {"time": NOW.isoformat(), "token": value}])
    today = NOW.date()
    by_source = {usage.source: usage.maps()[1] for usage in Usage.objects.all()}
    assert by_source["report"].on(today - timedelta(days=60)) == (True, True)
    assert by_source["log"].on(today - timedelta(days=50)) == (True, True)
    assert by_source["log"].on(today - timedelta(days=49)) == (False, False)
    assert isinstance(by_source["log"], DayMap)
