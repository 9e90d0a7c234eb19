"""Sample data: every state and flag occurs, made as the product makes it, and leaks nothing."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from tests.factories import make_token
from tests.stand_in import StandIn, World
from tests.stand_in.state import digest
from tokens.audit import system, verify
from tokens.errors import InvalidInput, NotAllowed, WrongState
from tokens.models import (
    Account,
    Check,
    Incident,
    Integration,
    Mail,
    MailPreference,
    Revocation,
    Rotation,
    Secret,
    Sighting,
    Token,
    Usage,
    UsageKey,
)
from tokens.models.flag_queries import FLAG_QUERIES, flagged
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Outcome
from tokens.selectors.exceptions import sections
from tokens.selectors.refused import refused_addresses
from tokens.selectors.safe_to_revoke import switching_of
from tokens.selectors.wrong_target import behind_contradiction
from tokens.services.request_check import request_check
from tokens.services.seed_demo import (
    STAND_IN_FILE,
    Seeded,
    demo_sign_in,
    preferring,
    seed_demo,
)
from tokens.services.seed_demo.checks import schedule
from tokens.services.seed_demo.plan import make_plan
from tokens.services.seed_demo.seed import mint
from tokens.services.sweep import sweep
from tokens.web.context import demo as demo_banner

NOW = datetime(2026, 11, 24, 9, 5, 17, tzinfo=UTC)
ACTOR = system("tests")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def seed(tokens: int = 60, **options: Any) -> tuple[Seeded, list[str]]:
    """Seed, and remember the values as nobody else can."""
    values: list[str] = []

    def remembered(prefix: str) -> str:
        values.append(mint(prefix))
        return values[-1]

    return seed_demo(tokens=tokens, actor=ACTOR, now=NOW, mint=remembered, **options), values


@pytest.mark.enable_socket
def test_sample_data(settings: Any, tmp_path: Path) -> None:
    """One instance, looked at from every side: making it takes seconds."""
    seeded, values = seed(64)
    assert (seeded.tokens, seeded.created, Token.objects.count()) == (64, 64, 64)
    every_flag_and_state_occurs()
    the_past_is_the_products_own()
    exceptions_wait_stand_and_end()
    people_prefer_and_put_off()
    one_revocation_was_aimed_at_the_wrong_token()
    replaced_tokens_are_left_in_three_ways()
    no_value_is_stored(values, tmp_path)
    a_sweep_goes_on_as_told(values, settings, tmp_path)


def every_flag_and_state_occurs() -> None:
    absent = [
        flag.value
        for flag in FLAG_QUERIES
        if not Token.objects.filter(flagged(flag, rules=DEFAULT, now=NOW)).exists()
    ]
    assert absent == []
    assert set(Token.objects.values_list("state", flat=True)) == {"active", "replaced", "revoked"}
    proofs = set(Revocation.objects.values_list("proof", "proof_reason"))
    assert proofs == {
        ("claimed", "not_held"),
        ("claimed", "never_worked_here"),
        ("confirmed", ""),
        ("contradicted", ""),
    }
    assert set(Rotation.objects.values_list("status", flat=True)) == {"done", "started"}
    assert Secret.objects.filter(destroyed_at__isnull=False).count() == 1
    assert not Incident.objects.exists(), "sample refusals are no incident of the vendor"


def exceptions_wait_stand_and_end() -> None:
    found = sections("", DEFAULT, NOW)
    assert [len(each) for each in (found.waiting, found.in_force, found.over)] == [1, 2, 1]
    assert [each.ends_soon for each in found.in_force] == [True, False]
    assert Mail.objects.filter(kind="exception", status="sent").count() == 7


def people_prefer_and_put_off() -> None:
    assert MailPreference.objects.get().email == preferring.WEEKLY
    snoozed = Token.objects.get(snoozed_until__gte=NOW.date())
    assert snoozed.snoozes.get().reason
    assert Integration.objects.get(second_contact__email=preferring.SECOND).name == "BI warehouse"
    (refused,) = refused_addresses()
    assert (refused.email, refused.matters) == (preferring.DEAD, True)
    assert Mail.objects.filter(kind="undelivered").exists() is Account.objects.exists()


def the_past_is_the_products_own() -> None:
    assert verify().ok
    unsent = Mail.objects.exclude(status__in=["sent", "cancelled"])
    held = unsent.filter(recipient=preferring.WEEKLY, held_until__gt=NOW)
    refused = unsent.filter(recipient=preferring.DEAD, status="refused")
    assert unsent.count() == held.count() + refused.count()
    assert refused.exists()
    assert set(Mail.objects.values_list("kind", flat=True)) > {"reminder", "failing"}
    assert Usage.objects.filter(source="report").exists()
    named = Sighting.objects.filter(usage__source="log").exclude(address="", user_agent="")
    assert named.values("usage").distinct().count() >= 4
    assert Sighting.objects.filter(user_agent="curl/8.5.0").count() == 1
    assert not UsageKey.objects.filter(last_used_at__isnull=True).exists()
    assert Check.objects.filter(outcome="valid", count__gte=300).exists()
    assert not Secret.objects.filter(claim__isnull=False).exists()
    late = Secret.objects.filter(next_check_at__lt=NOW - timedelta(minutes=10))
    assert not late.exists(), "a demo does not begin behind"


def replaced_tokens_are_left_in_three_ways() -> None:
    replaced = Token.objects.filter(state="replaced").select_related("secret", "integration")
    found = {switching_of(token, NOW).finding.reason.value for token in replaced}  # type: ignore[union-attr]
    assert found == {"seen_after_switch", "unticked", "all_switched"}


def one_revocation_was_aimed_at_the_wrong_token() -> None:
    wrong = [
        target
        for record in Revocation.objects.filter(proof="contradicted").select_related("token")
        for target in behind_contradiction(record)
    ]
    assert len(wrong) == 1
    assert "Supplier portal" in wrong[0].hit.name
    assert "Old ERP sync" in wrong[0].meant.name


def no_value_is_stored(values: list[str], folder: Path) -> None:
    assert len(values) > 55
    dump = (folder / STAND_IN_FILE).read_text().lower()
    if connection.vendor == "sqlite":
        dump += "\n".join(connection.connection.iterdump()).lower()
    for value in values:
        assert value not in dump
        assert value.encode().hex() not in dump


def a_sweep_goes_on_as_told(values: list[str], settings: Any, folder: Path) -> None:
    world = World()
    world.load(folder / STAND_IN_FILE)
    assert {digest(value) for value in values} >= world.known.keys()
    world.default_latency = 0.0
    Secret.objects.filter(next_check_at__isnull=False).update(next_check_at=NOW)
    before = dict(Secret.objects.values_list("pk", "health"))
    proofs = dict(Revocation.objects.values_list("pk", "proof"))
    with StandIn(world) as coolset:
        settings.COOLSET_API_URL = coolset.url
        swept = sweep(clock=lambda: NOW + timedelta(minutes=20))
    assert swept.checked == len(world.known) - 1, "all but the destroyed one"
    assert dict(Secret.objects.values_list("pk", "health")) == before
    assert dict(Revocation.objects.values_list("pk", "proof")) == proofs
    assert not Secret.objects.filter(suspect_since__isnull=False).exists()


def test_most_are_well() -> None:
    plan = make_plan(count=300, seed=20, now=NOW, mint=mint)
    well = [
        sample
        for sample in plan.samples
        if not sample.acts and sample.owner and sample.issued_at and len(sample.phases) == 1
    ]
    assert len(plan.samples) == 300
    assert len(well) > 260


def test_many_tokens_have_places_enough() -> None:
    plan = make_plan(count=20_000, seed=20, now=NOW, mint=mint)
    news = sum(sample.replaces is None for sample in plan.samples)
    assert len(plan.samples) == 20_000
    assert len({sample.place for sample in plan.samples}) == news


def test_refusals_are_few_among_those_asked_at_once() -> None:
    plan = make_plan(count=1800, seed=20, now=NOW, mint=mint)
    for moment, group in schedule(plan).items():
        refused = sum(sample.says(moment) is Outcome.UNAUTHORIZED for sample in group)
        assert refused < 10 or refused * 2 < len(group), moment


def test_it_repeats_but_for_the_values() -> None:
    def shape() -> Counter[tuple[Any, ...]]:
        return Counter(
            Token.objects.values_list(
                *("company__name", "integration__name", "environment", "scope", "state", "due_at"),
                *("secret__health", "secret__last_used_at", "secret__last_checked_at"),
            )
        )

    with transaction.atomic():
        _, values = seed(12)
        first = shape()
        transaction.set_rollback(True)
    assert not Token.objects.exists()
    _, others = seed(12)
    assert shape() == first
    assert not set(values) & set(others)


@pytest.mark.parametrize("count", [1, 7])
def test_exactly_so_many(count: int) -> None:
    seeded, _ = seed(count)
    assert Token.objects.count() == seeded.tokens == count


def test_a_second_time_adds_nothing() -> None:
    seed(4)
    again, _ = seed(9)
    assert (again.tokens, again.created) == (4, 0)


def test_it_refuses_beside_other_tokens_and_leaves_them() -> None:
    token = make_token()
    with pytest.raises(WrongState):
        seed()
    assert list(Token.objects.all()) == [token]
    assert not (Path(django_settings.DATA_DIR) / STAND_IN_FILE).exists()


def test_it_refuses_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(NotAllowed):
        seed()
    assert not Token.objects.exists()


@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_an_odd_number_is_refused(count: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        seed(count)
    assert refusal.value.field == "tokens"


def test_nothing_is_ever_sent_to_the_vendor(settings: Any) -> None:
    settings.COOLSET_API_URL = "https://developers.coolset.com/api/"
    seeded, _ = seed(12)
    assert not seeded.checked
    assert not Secret.objects.filter(next_check_at__isnull=False).exists()
    token = Token.objects.filter(state="active", sealed__isnull=False).first()
    assert token is not None
    with pytest.raises(WrongState, match="sample data"):
        request_check(token=token, actor=ACTOR, now=NOW)


def test_the_demo_has_one_administrator_and_a_password_in_one_file(tmp_path: Path) -> None:
    first = demo_sign_in(actor=ACTOR, now=NOW)
    again = demo_sign_in(actor=ACTOR, now=NOW)
    assert first is not None
    assert first == again
    assert first.password
    assert first.password not in repr(first)
    path = tmp_path / "keys" / "demo_password"
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    renewed = demo_sign_in(actor=ACTOR, now=NOW)
    assert renewed is not None
    assert renewed.password not in {None, first.password}


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**kept, "DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.embedded
def test_the_command_on_a_fresh_instance(tmp_path: Path) -> None:
    done = run("seed_demo", "--tokens", "40", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert (facts["tokens"], facts["created"], facts["checked"]) == (40, 40, False)
    assert facts["companies"] > 1
    files = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"Supplier portal" in files
    assert re.search(rb"sk_(live|test)_[0-9a-f]{12}", files) is None
    again = run("seed_demo", "--tokens", "40", folder=tmp_path)
    assert again.returncode == 0
    assert "nothing was added" in again.stdout
    assert run("seed_demo", "--tokens", "0", folder=tmp_path / "other").returncode == 2


@pytest.mark.embedded
def test_both_commands_refuse_in_production(tmp_path: Path) -> None:
    from coolset_admin import local_keys

    keyring = local_keys.new_keyring()
    production = {
        "DJANGO_SETTINGS_MODULE": "coolset_admin.settings.prod",
        "DJANGO_SECRET_KEY": django_settings.SECRET_KEY,
        "ALLOWED_HOSTS": "tokens.acme.example",
        "PUBLIC_URL": "https://tokens.acme.example",
        "FINGERPRINT_KEY": django_settings.FINGERPRINT_KEY,
        "TOKEN_KEYS": keyring,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
    }
    for command in ("seed_demo", "demo"):
        refused = run(command, folder=tmp_path, **production)
        assert refused.returncode == 2, refused.stderr
        assert "not for production" in refused.stderr
    assert not (tmp_path / "db.sqlite3").exists()


def test_pages_say_that_this_is_a_demo(settings: Any) -> None:
    assert demo_banner() is None
    settings.DEMO = True
    banner = demo_banner()
    assert banner is not None
    assert "Sample data" in banner.text


def test_the_stand_in_plays_others_with_busy_tokens_alone(tmp_path: Path) -> None:
    seed(20)
    world = World()
    world.load(tmp_path / STAND_IN_FILE)
    world.play_others(1.0)
    used = {key for key, entry in world.known.items() if entry.uses}
    assert used == {key for key, entry in world.known.items() if entry.options.get("busy")}
    assert used
    assert used != world.known.keys()
