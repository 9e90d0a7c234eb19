"""The share within policy, ages, coming rotations and banners."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from tests.factories import make_account
from tests.models.test_flag_queries import cases, store
from tests.selectors import build
from tokens.models import Incident, Mail, Pulse, RefusedAddress, Secret, Token
from tokens.policy.flags import within_policy
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import Health, State
from tokens.selectors.banners import banners
from tokens.selectors.dashboard import coming, dashboard
from tokens.selectors.facts import rows

NOW = build.NOW
pytestmark = pytest.mark.django_db


@given(case=cases())
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_share_and_the_ages_are_what_the_policy_says(
    case: tuple[datetime, Rules, list[tuple[build.Facts, bool]]],
) -> None:
    now, rules, made = case
    with transaction.atomic():
        store(made, now)
        found = dashboard(rules, now)
        every = list(rows(Token.objects.all(), rules, now))
        transaction.set_rollback(True)
    verdicts = [within_policy(row.facts, rules, now) for row in every]
    assert found.share.within == verdicts.count(True)
    assert found.share.counted == len(verdicts) - verdicts.count(None)
    active = [row for row in every if row.state == "active"]
    apart = found.share.unknown_age + found.share.not_held + found.share.excepted
    assert found.share.counted + apart == len(active)
    last = max(found.ages)
    ages = Counter(min(row.age_days // 10 * 10, last) for row in active if row.issued_at)
    assert {first: count for first, count in found.ages.items() if count} == ages


def test_the_share_names_what_is_not_counted_in() -> None:
    build.token(label="a")
    build.token(label="b", issued_at=build.ago(days=100))
    build.token(label="c", issued_at=None)
    build.token(label="d", issued_at=None, held=False)
    build.token(label="e", state=State.REPLACED)
    build.token(label="f", state=State.REVOKED)
    build.token(label="g", health=Health.FAILING)
    share = dashboard(DEFAULT, NOW).share
    assert (share.within, share.counted, share.unknown_age, share.not_held) == (1, 3, 1, 1)
    assert share.percent == 33


def test_what_is_excepted_is_not_within_and_nothing_else_is_hidden_by_it() -> None:
    until = {"overdue": NOW.date()}
    build.token(label="a")
    build.token(label="b", issued_at=build.ago(days=100), excepted=until)
    build.token(label="c", issued_at=build.ago(days=100), excepted={"unused": NOW.date()})
    build.token(label="d", health=Health.FAILING, excepted=until)
    build.token(label="e", issued_at=build.ago(days=100), excepted={"overdue": date(2026, 11, 23)})
    build.token(label="f", excepted=until)
    build.token(label="g", issued_at=None, excepted=until)
    share = dashboard(DEFAULT, NOW).share
    assert (share.within, share.counted, share.excepted, share.unknown_age) == (1, 4, 2, 1)


def test_an_empty_inventory_has_no_share() -> None:
    found = dashboard(DEFAULT, NOW)
    assert found.share.percent is None
    assert (found.tokens, found.companies, found.coming) == (0, 0, ())


def test_coming_rotations_are_grouped_by_day() -> None:
    single = build.token(label="a", integration="Customs export", issued_at=build.ago(days=87))
    build.token(label="b", issued_at=build.ago(days=80))
    build.token(label="c", issued_at=build.ago(days=80))
    build.token(label="today", issued_at=build.ago(days=90))
    build.token(label="late", issued_at=build.ago(days=91))
    build.token(label="last", issued_at=build.ago(days=60))
    build.token(label="beyond", issued_at=build.ago(days=59))
    found = coming(NOW)
    assert [(each.day, each.count) for each in found] == [
        (date(2026, 11, 24), 1),
        (date(2026, 11, 27), 1),
        (date(2026, 12, 4), 2),
        (date(2026, 12, 24), 1),
    ]
    assert (found[1].integration, found[1].token) == ("Customs export", single.pk)
    assert (found[2].integration, found[2].token) == ("", None)


def test_the_dashboard_is_two_queries(django_assert_num_queries: object) -> None:
    build.token()
    with django_assert_num_queries(2):  # type: ignore[operator]
        dashboard(DEFAULT, NOW)


def titles(now: datetime = NOW) -> list[str]:
    return [banner.title for banner in banners(now)]


def pulses(**minutes: float) -> None:
    for name, ago in minutes.items():
        Pulse.objects.update_or_create(name=name, defaults={"at": build.ago(minutes=ago)})


def test_a_new_instance_has_nothing_to_be_behind_with() -> None:
    assert titles() == []


def test_a_beat_that_never_ran_is_seen_by_what_waits() -> None:
    build.token()
    Secret.objects.update(next_check_at=build.ago(minutes=11))
    assert titles() == ["The clock is not running."]


@pytest.mark.parametrize(
    ("beat", "sweep", "said"),
    [
        (1, 1, []),
        (10, 10, []),
        (10.1, 1, ["The clock is not running."]),
        (1, 10.1, ["Checks are behind."]),
        (4320, 4320, ["The clock is not running."]),
    ],
)
def test_ten_minutes_of_silence_are_told(beat: float, sweep: float, said: list[str]) -> None:
    pulses(beat=beat, sweep=sweep)
    assert titles() == said


@pytest.mark.parametrize(
    ("tried", "reached", "told"),
    [
        (1, 1, False),
        (1, 11, False),
        (1, 11.1, True),
        (1, None, True),
        (10.1, None, False),  # no longer set, or the sweep is behind
        (10.1, 60, False),
        (None, 60, False),
    ],
)
def test_a_dead_mans_switch_that_does_not_answer_is_told(
    tried: float | None, reached: float | None, told: bool
) -> None:
    found = {"deadman_tried": tried, "deadman": reached}
    pulses(**{name: minutes for name, minutes in found.items() if minutes is not None})
    assert titles() == (["The dead-man’s switch does not answer."] if told else [])


def mail(status: str, minutes: float, to: str = "owner@acme.example") -> None:
    Mail.objects.create(
        recipient=to,
        kind="reminder",
        message_id=f"<{Mail.objects.count()}@acme.example>",
        status=status,
        created_at=build.ago(minutes=minutes),
    )


def test_mail_that_waits_is_told_after_ten_minutes() -> None:
    mail("queued", 9)
    assert titles() == []
    mail("queued", 11)
    (banner,) = banners(NOW)
    assert banner.title == "Mail is behind."
    assert "2 mails wait, the oldest since 09:19 UTC" in banner.text


def test_an_address_that_is_refused_is_named_while_somebody_would_mail_it() -> None:
    gone = "gone@acme.example"
    RefusedAddress.objects.create(
        email=gone, since=build.ago(minutes=5), last_at=NOW, problem="address_refused"
    )
    assert titles() == []
    account = make_account(gone)
    (banner,) = banners(NOW)
    assert gone in banner.text
    assert banner.href == "/outbox/#undeliverable"
    assert titles(NOW + timedelta(days=31)) == []
    account.is_active = False
    account.save()
    assert titles() == []


def test_an_open_incident_is_told_until_it_ends() -> None:
    incident = Incident.objects.create(
        begun_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC), last_bad_at=NOW, watched=40, bad=30
    )
    (banner,) = banners(NOW)
    assert "Since 09:00 UTC, 30 of 40 tokens" in banner.text
    incident.ended_at = NOW
    incident.save()
    assert titles() == []


def test_another_host_is_never_a_secret(settings: object) -> None:
    settings.COOLSET_ALLOW_HOST = "proxy.acme.example"  # type: ignore[attr-defined]
    assert titles() == ["Tokens may be sent to proxy.acme.example."]
