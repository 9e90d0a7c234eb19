"""What machines ask: /healthz/, /readyz/, /metrics, and the headers of every answer."""

import secrets
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from coolset_admin import operations

pytestmark = pytest.mark.django_db


def test_healthz_looks_at_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz/").json() == {"status": "ok"}


def test_readyz_names_every_check(client: Client) -> None:
    answer = client.get("/readyz/")
    assert answer.json() == {
        "ready": True,
        "checks": dict.fromkeys(["database", "keys", "broker", "migrations", "audit"], "ok"),
    }


def _word(client: Client, check: str) -> str:
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    return str(answer.json()["checks"][check])


@pytest.mark.parametrize("name", ["TOKEN_PUBLIC_KEY", "FINGERPRINT_KEY"])
@pytest.mark.parametrize("value", ["", "nonsense"])
def test_a_missing_or_wrong_key_is_named(
    client: Client, settings: Settings, name: str, value: str
) -> None:
    settings.VAULT_MAY_OPEN = False
    setattr(settings, name, value)
    assert name in _word(client, "keys")


def test_a_migration_that_was_not_applied_is_told(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(name="0016_passkeys").delete()
    assert _word(client, "migrations") == "1 not applied; run manage.py migrate"


def test_a_database_that_took_the_steps_of_a_squash_is_up_to_date(client: Client) -> None:
    """`up` finds nothing to migrate there, so nothing puts the squash itself on record."""
    squashed = MigrationRecorder.Migration.objects.filter(name__contains="_squashed_")
    assert squashed.filter(app="tokens").delete()[0]
    assert client.get("/readyz/").json()["checks"]["migrations"] == "ok"


def test_missing_triggers_are_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.audit.triggers.missing", lambda _: ["no_update"])
    assert "verify_audit" in _word(client, "audit")


@pytest.mark.enable_socket
def test_a_broker_that_does_not_answer_is_told(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert _word(client, "broker") == "does not answer"


def test_an_error_is_told_without_its_text(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    password = secrets.token_hex()

    def fail() -> None:
        raise DatabaseError(f"could not connect with {password}")

    monkeypatch.setitem(operations._CHECKS, "database", fail)
    assert _word(client, "database") == "does not answer"
    assert password not in client.get("/readyz/").content.decode()


def test_a_database_that_is_away_is_waited_for_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def away(name: str) -> None:
        asked.append(name)
        raise DatabaseError("could not connect")

    for name in ("database", "keys", "migrations", "audit"):
        monkeypatch.setitem(operations._CHECKS, name, partial(away, name))
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert asked == ["database"]
    assert answer.json()["checks"] == {
        "database": "does not answer",
        "broker": "ok",
        **dict.fromkeys(["keys", "migrations", "audit"], operations.WAITS),
    }


def test_a_check_that_fails_itself_is_told_without_its_text(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = secrets.token_hex()

    def fail() -> None:
        raise ValueError(word)

    monkeypatch.setitem(operations._CHECKS, "audit", fail)
    assert _word(client, "audit") == "cannot be checked: ValueError"
    assert word not in client.get("/readyz/").content.decode()


@pytest.mark.redis
@pytest.mark.enable_socket
def test_a_real_redis_answers(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = settings.TEST_REDIS_URL
    assert client.get("/readyz/").json()["checks"]["broker"] == "ok"


@pytest.mark.parametrize(
    ("production", "token", "extra", "status"),
    [
        (False, "", {}, 200),
        (False, "", {"REMOTE_ADDR": "192.0.2.1"}, 404),
        (False, "", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        (True, "", {}, 404),
        (True, "right", {}, 404),
        (True, "right", {"HTTP_AUTHORIZATION": "Bearer wrong"}, 404),
        (True, "right", {"HTTP_AUTHORIZATION": "Bearer right", "REMOTE_ADDR": "192.0.2.1"}, 200),
        (False, "right", {}, 404),
    ],
)
def test_who_may_read_the_figures(
    client: Client, settings: Settings, production: bool, token: str,
    extra: dict[str, Any], status: int,
) -> None:  # fmt: skip
    settings.PRODUCTION, settings.METRICS_TOKEN = production, token
    assert client.get("/metrics", **extra).status_code == status


@pytest.mark.parametrize("path", ["/healthz/", "/nowhere/", "/accounts/login/", "/metrics"])
def test_every_answer_is_guarded(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["Cache-Control"].endswith("no-store") or "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in answer["Permissions-Policy"]


def test_settings_never_trust_a_forwarded_address() -> None:
    assert settings.AXES_IPWARE_META_PRECEDENCE_ORDER == ["REMOTE_ADDR"]
    assert "SECURE_PROXY_SSL_HEADER" not in dir(settings) or not settings.SECURE_PROXY_SSL_HEADER
