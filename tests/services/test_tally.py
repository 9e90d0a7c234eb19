"""Counters that outlive a process."""

from datetime import timedelta

import pytest

from tests.factories import NOW
from tokens.models import Tally
from tokens.policy.counted import Counted
from tokens.services.tally import tally

pytestmark = pytest.mark.django_db


def test_numbers_add_up_by_label_and_the_latest_moment_stays() -> None:
    later = NOW + timedelta(minutes=1)
    tally(Counted.CHECKED, {"valid": 3, "forbidden": 1}, now=NOW)
    tally(Counted.CHECKED, {"valid": 2}, now=later)
    tally(Counted.SWEEPS, {"done": 1}, now=later)
    assert set(Tally.objects.values_list("name", "label", "count", "at")) == {
        ("checked", "valid", 5, later),
        ("checked", "forbidden", 1, NOW),
        ("sweeps", "done", 1, later),
    }


def test_a_first_that_somebody_else_was_faster_with_is_added_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tally(Counted.SWEEPS, {"done": 4}, now=NOW)
    real, looked = Tally.objects.filter, []

    class _Unseen:
        def __init__(self, found: object) -> None:
            self.found = found

        def update(self, **columns: object) -> int:
            looked.append(1)
            return 0 if len(looked) == 1 else self.found.update(**columns)  # type: ignore[attr-defined]

    monkeypatch.setattr(Tally.objects, "filter", lambda **how: _Unseen(real(**how)))
    tally(Counted.SWEEPS, {"done": 1}, now=NOW)
    monkeypatch.undo()
    assert Tally.objects.get().count == 5
