"""A replaced token is asked shortly before its window resets, and nothing is asked too often."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from django.db.models import Min

from tests.factories import ACTOR
from tests.probing.conftest import Scene
from tests.probing.test_rotation import rotate
from tests.stand_in.state import digest
from tokens.models import Secret, Token, Usage
from tokens.services.record_revocation import record_revocation

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
#: shared/bar.md: never more than a handful of the token's 1,000 requests an hour.
HANDFUL = 6


def replace(scene: Scene, token: Token) -> Token:
    Token.objects.filter(pk=token.pk).update(state="replaced", replaced_at=scene.clock.now)
    return token


def run(scene: Scene, until: datetime, at_each: object = lambda: None) -> None:
    """Sweep whenever something is due, on the clock that the stand-in reads too."""
    while True:
        due = Secret.objects.aggregate(at=Min("next_check_at"))["at"]
        if due is None or due > until:
            scene.clock.now = until
            return
        scene.clock.now = max(scene.clock.now, due)
        at_each()  # type: ignore[operator]
        scene.sweep()


def busiest_hour(scene: Scene) -> dict[str, int]:
    """The most requests in any sixty minutes, by token."""
    by_token: dict[str, list[float]] = defaultdict(list)
    for at, key, _ in scene.coolset.world.log:
        by_token[key].append(at)
    return {
        key: max(sum(at <= other < at + 3600 for other in times) for at in times)
        for key, times in by_token.items()
    }


@pytest.mark.parametrize("environment", ["production", "development"])
def test_nearly_every_hour_is_looked_at_and_foreign_use_is_seen(
    scene: Scene, environment: str
) -> None:
    token = replace(scene, scene.token(environment=environment))
    begun, chance = scene.clock.now, random.Random(3)
    scene.sweep()
    for hour in range(24):
        # Somebody calls once in this hour, at any minute of it.
        run(scene, begun + timedelta(hours=hour, minutes=chance.randint(0, 59)))
        scene.foreign_use(token, 1)
    run(scene, begun + timedelta(hours=25))
    looked, seen, total = _map(token, begun, scene.clock.now)
    assert looked >= total - 2
    assert seen >= 18, "by call count alone nearly every hour with use is known"
    assert max(busiest_hour(scene).values()) <= HANDFUL


def _map(token: Token, since: datetime, now: datetime) -> tuple[int, int, int]:
    return Usage.objects.get(secret=token.secret_id).maps()[0].hours(since, now)


def test_no_token_is_asked_more_than_a_handful_of_times_in_any_hour(scene: Scene) -> None:
    modes = ("valid", "forbidden", "no_rate_headers", "nonsense_headers", "503", "html200",
             "unauthorized", "throttled")  # fmt: skip
    for environment in ("production", "development"):
        for mode in modes:
            scene.token(mode, environment=environment)
            replace(scene, scene.token(mode, environment=environment))
    revoked = replace(scene, scene.token())
    flapping = replace(scene, scene.token())
    chance = random.Random(5)

    def flap() -> None:
        scene.answer(flapping, chance.choice(["valid", "valid", "unauthorized", "503"]))

    run(scene, scene.clock.now + timedelta(hours=6), flap)
    record_revocation(
        token=revoked, reason="replaced", by="ada@acme.example", actor=ACTOR, now=scene.clock.now
    )
    scene.answer(revoked, "unauthorized")
    run(scene, scene.clock.now + timedelta(hours=20), flap)
    found = busiest_hour(scene)
    assert len(found) == 34
    assert max(found.values()) <= HANDFUL, found[digest(scene.values[flapping.pk])]


def test_the_watch_begins_within_the_hour(scene: Scene) -> None:
    token = scene.token(environment="development")
    scene.sweep()
    scene.clock.advance(hours=2)
    calls = scene.calls(token)
    rotate(scene, token)
    run(scene, scene.clock.now + timedelta(hours=6))
    assert scene.calls(token) - calls >= 5, "daily until then, and hourly from then on"


def test_long_after_the_replacement_it_is_as_before(scene: Scene) -> None:
    token = scene.token(environment="development")
    Token.objects.filter(pk=token.pk).update(
        state="replaced", replaced_at=scene.clock.now - timedelta(days=40)
    )
    scene.sweep()
    run(scene, scene.clock.now + timedelta(hours=20))
    assert scene.calls(token) <= 2
