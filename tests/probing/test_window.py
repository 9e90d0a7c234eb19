"""What other batches recorded: counted exactly, and for a moment only where there are many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, make_token, token_value
from tokens.models import Secret
from tokens.models.base import new_id
from tokens.policy.incident import Panel, Sample, Tally
from tokens.policy.vocabulary import Outcome
from tokens.services.probing import window as windows
from tokens.services.probing.window import Stored, Window

pytestmark = pytest.mark.django_db
SINCE = NOW - timedelta(minutes=10)


def checked(outcome: str = "valid", *, health: str = "valid", minutes: int = 1) -> Secret:
    at = NOW - timedelta(minutes=minutes)
    token = make_token(value=token_value(), now=NOW)
    refused = at if health == "failing" else None
    Secret.objects.filter(pk=token.secret_id).update(
        health=health, last_outcome=outcome, last_checked_at=at, last_accepted_at=at,
        refused_since=refused,
    )  # fmt: skip
    return Secret.objects.get(pk=token.secret_id)


def test_those_who_were_well_and_were_asked_in_these_minutes_count() -> None:
    checked()
    checked("forbidden", health="insufficient")
    checked("unauthorized", health="failing")
    checked("unusable")
    checked("unreadable")
    checked(minutes=11)
    make_token(value=token_value(), now=NOW)
    found = Window().stored(since=SINCE, exclude=[])
    assert found == Stored(Tally(4, 2), Tally(4, 2))


def test_the_batch_itself_is_left_out_and_its_samples_stand_instead() -> None:
    mine, other = checked("unusable"), checked()
    found = Window().stored(since=SINCE, exclude=[mine.pk])
    assert found.everyone == Tally(1, 0)
    panel = found.and_batch(Panel.of([Sample(mine.pk, Outcome.VALID, True, False)]))
    assert panel.without() == Tally(2, 0)
    assert panel.without(mine.pk) == Tally(1, 0)
    assert Window().stored(since=SINCE, exclude=[mine.pk, other.pk]).everyone == Tally()


def test_few_are_counted_anew_for_every_batch() -> None:
    window = Window()
    assert window.stored(since=SINCE, exclude=[]).everyone == Tally(0, 0)
    checked("unusable")
    assert window.stored(since=SINCE, exclude=[]).everyone == Tally(1, 1)


def test_many_are_counted_once_in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MANY", 3)
    moment = [1000.0]
    monkeypatch.setattr("tokens.services.probing.window.time.monotonic", lambda: moment[0])
    batch = [checked() for _ in range(3)]
    window = Window()
    window.stored(since=SINCE, exclude=[])
    checked("unusable")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = window.stored(since=SINCE, exclude=[batch[0].pk])
    assert len(asked) == 1, "the batch alone"
    assert found.everyone == Tally(2, 0), "as it was a moment ago"
    moment[0] += windows.SHORTEST
    assert window.stored(since=SINCE, exclude=[batch[0].pk]).everyone == Tally(3, 1)


def test_a_kept_count_never_goes_below_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MANY", 1)
    checked()
    window = Window()
    window.stored(since=SINCE, exclude=[])
    bad = [checked("unusable").pk for _ in range(3)]
    assert window.stored(since=SINCE, exclude=bad).everyone == Tally(0, 0)


def test_no_kept_count_serves_once_an_incident_began_or_something_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(windows, "MANY", 1)
    monkeypatch.setattr(windows, "SHORTEST", 600.0)
    checked()
    window, incident = Window(), new_id()
    window.stored(since=SINCE, exclude=[])
    checked("unusable")
    assert window.stored(since=SINCE, exclude=[]).everyone == Tally(1, 0)
    assert window.stored(since=SINCE, exclude=[], anew=True).everyone == Tally(2, 1)
    checked("unusable")
    assert window.stored(since=SINCE, exclude=[], incident=incident).everyone == Tally(3, 2)
    checked("unusable")
    assert window.stored(since=SINCE, exclude=[], incident=incident).everyone == Tally(3, 2)
    assert window.stored(since=SINCE, exclude=[]).everyone == Tally(4, 3)
