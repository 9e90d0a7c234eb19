"""Stories of the demo: what happens at Coolset reaches the stand-in, and the sweep sees it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command

from tests.factories import ACTOR
from tests.probing.conftest import Clock
from tests.stand_in import StandIn, World
from tokens.errors import NotAllowed, NotFound, WrongState
from tokens.management.commands import demo
from tokens.models import AuditEvent, Company, Incident, Secret, Token, Usage
from tokens.policy.vocabulary import Health
from tokens.selectors.facts import one, rows
from tokens.services.policy_in_force import rules_in_force
from tokens.services.seed_demo import STAND_IN_FILE, seed_demo
from tokens.services.seed_demo.play import Story, play
from tokens.services.seed_demo.stand_in import CONTROL_FILE, VALUES_FILE, write_control
from tokens.services.sweep import sweep

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


class Running:
    """A demo whose worker sweeps when the test says so."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock

    def play(self, story: Story, **options: Any) -> Any:
        return play(story=story, actor=ACTOR, now=self.clock.now, **options)

    def sweep(self, **after: float) -> None:
        self.clock.advance(**after)
        sweep(clock=self.clock)


@pytest.fixture
def running(settings: Any, tmp_path: Path) -> Iterator[Running]:
    clock, control = Clock(), secrets.token_urlsafe(24)
    world = World(clock=clock.stamp)
    world.unknown_mode = "valid"
    settings.DATA_DIR = tmp_path
    settings.COOLSET_TIMEOUT = 2
    with StandIn(world, control_token=control) as coolset:
        settings.COOLSET_API_URL = coolset.url
        seed_demo(tokens=30, actor=ACTOR, now=clock.now)
        world.load(tmp_path / STAND_IN_FILE)
        world.default_latency = 0.0
        write_control(tmp_path, port=coolset.port, token=control)
        demo_running = Running(world, clock)
        demo_running.sweep(minutes=1)
        yield demo_running


def test_the_vendor_goes_down_and_comes_back(running: Running) -> None:
    before = dict(Secret.objects.values_list("pk", "health"))
    running.clock.advance(hours=2)
    played = running.play(Story.VENDOR_DOWN)
    assert played.due >= 10
    running.sweep(seconds=30)
    assert Incident.objects.get().ended_at is None
    assert dict(Secret.objects.values_list("pk", "health")) == before
    running.play(Story.VENDOR_BACK)
    running.sweep(minutes=20)
    assert Incident.objects.get().ended_at is not None
    requested = AuditEvent.objects.filter(kind="token.check_requested", subject_type="instance")
    assert requested.count() == 2


def test_a_vendor_that_refuses_everybody_is_an_incident_too(running: Running) -> None:
    running.clock.advance(hours=2)
    running.play(Story.VENDOR_REFUSES)
    running.sweep(seconds=30)
    assert Incident.objects.count() == 1


def test_foreign_use_is_seen_by_calls_left(running: Running) -> None:
    running.clock.advance(hours=2)
    played = running.play(Story.FOREIGN_USE)
    assert played.token is not None
    running.sweep(seconds=30)
    usage = Usage.objects.get(secret_id=played.token.secret_id, source="headers")
    assert usage.last_seen_at == running.clock.now


def test_a_creator_who_may_do_less_is_noticed(running: Running) -> None:
    token = Token.objects.filter(state="active", secret__last_outcome="valid").first()
    assert token is not None
    assert running.play(Story.CREATOR_DEMOTED, token_id=token.pk).token == token
    running.sweep(seconds=30)
    assert Secret.objects.get(pk=token.secret_id).health == Health.INSUFFICIENT.value


def test_a_workspace_that_turns_inactive_flags_every_token_of_its_company(
    running: Running,
) -> None:
    running.clock.advance(hours=2)
    token = running.play(Story.WORKSPACE_INACTIVE).token
    assert token.company.workspace_type != "inactive"
    running.sweep(seconds=30)
    token.company.refresh_from_db()
    assert token.company.workspace_type == "inactive"
    rules, now = rules_in_force(), running.clock.now
    of_company = rows(Token.objects.filter(company=token.company, state="active"), rules, now)
    assert {"workspace_inactive" in row.flags for row in of_company} == {True}
    row = one(token.pk, rules, now)
    assert row is not None
    assert row.health == "valid"
    assert "company_mismatch" not in row.flags
    edited = AuditEvent.objects.filter(kind="company.edited").latest("id")
    assert edited.subject_id == str(token.company_id)


def test_stories_that_follow_each_other_are_not_of_one_token(running: Running) -> None:
    stories = (Story.FOREIGN_USE, Story.CREATOR_DEMOTED, Story.WORKSPACE_INACTIVE)
    tokens = [running.play(story).token for story in stories]
    assert len({token.secret_id for token in tokens}) == 3
    running.sweep(seconds=30)
    rules, now = rules_in_force(), running.clock.now
    used, demoted, closed = (one(token.pk, rules, now) for token in tokens)
    assert used is not None
    assert used.last_used_at == now
    assert demoted is not None
    assert "permission_changed" in demoted.flags
    assert closed is not None
    assert "workspace_inactive" in closed.flags


def test_a_list_cannot_name_a_company_without_a_number(running: Running) -> None:
    token = Token.objects.filter(state="active", secret__last_outcome="valid").first()
    assert token is not None
    Company.objects.filter(pk=token.company_id).update(workspace_id=None)
    with pytest.raises(WrongState):
        running.play(Story.WORKSPACE_INACTIVE, token_id=token.pk)


def test_files_are_for_this_user_without_values_and_unknown_tokens_are_named(
    running: Running, tmp_path: Path
) -> None:
    for name in (CONTROL_FILE, VALUES_FILE, STAND_IN_FILE):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    known = json.loads((tmp_path / VALUES_FILE).read_text())
    assert {len(digest) for digest in known.values()} == {64}
    with pytest.raises(NotFound):
        running.play(Story.FOREIGN_USE, token_id=uuid4())


def test_the_command_plays_in_words(
    running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(os.environ, demo.MARK, "1")
    call_command("demo_story", "vendor_down")
    assert "Coolset answers every call with an error" in capsys.readouterr().out
    assert running.world.outage == "fail_all"
    call_command("demo_story", "foreign_use", "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["story"], answer["due"]) == ("foreign_use", 1)
    with pytest.raises(SystemExit) as ended:
        call_command("demo_story", "foreign_use", "--id", "x")
    assert ended.value.code == 2


def test_without_a_demo_nothing_happens(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(NotAllowed):
        play(story=Story.VENDOR_DOWN, actor=ACTOR, now=Clock().now)
    seed_demo(tokens=10, actor=ACTOR, now=Clock().now)
    with pytest.raises(WrongState):
        play(story=Story.VENDOR_DOWN, actor=ACTOR, now=Clock().now)
