"""What browsers are told at the edge: headers, cookies, methods, and how passwords are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_integration
from tests.infra.test_settings import _run, production  # noqa: F401 - a fixture
from tokens.models import Account
from tokens.services.api_keys import create_api_key
from tokens.services.usage_keys import create_usage_key
from tokens.sessions import SessionStore

SHOW = (
    "import django, json; django.setup()\n"
    "from django.conf import settings as s\n"
    "names = ('SECURE_SSL_REDIRECT', 'SECURE_HSTS_SECONDS', 'SECURE_HSTS_INCLUDE_SUBDOMAINS',\n"
    "  'SESSION_COOKIE_NAME', 'CSRF_COOKIE_NAME', 'SESSION_COOKIE_SECURE', 'CSRF_COOKIE_SECURE',\n"
    "  'SESSION_COOKIE_HTTPONLY', 'CSRF_COOKIE_HTTPONLY', 'SESSION_COOKIE_SAMESITE',\n"
    "  'CSRF_COOKIE_SAMESITE', 'SESSION_COOKIE_DOMAIN', 'SESSION_COOKIE_PATH', 'DEBUG',\n"
    "  'PASSWORD_HASHERS')\n"
    "print(json.dumps({name: getattr(s, name) for name in names}))"
)


@pytest.fixture
def shown(production: dict[str, Any], tmp_path: Path) -> dict[str, Any]:  # noqa: F811
    public = tmp_path / "keys" / "token_public_key"
    done = _run("-c", SHOW, TOKEN_PUBLIC_KEY_FILE=public, **production)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_cookies_and_transport_in_production(shown: dict[str, Any]) -> None:
    assert shown["DEBUG"] is False
    assert shown["SECURE_SSL_REDIRECT"] is True
    assert shown["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert shown["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    for kind in ("SESSION", "CSRF"):
        assert shown[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert shown[f"{kind}_COOKIE_SECURE"] is True
        assert shown[f"{kind}_COOKIE_HTTPONLY"] is True
        assert shown[f"{kind}_COOKIE_SAMESITE"] in {"Lax", "Strict"}
    # browsers refuse a __Host- cookie with a domain or another path
    assert shown["SESSION_COOKIE_DOMAIN"] is None
    assert shown["SESSION_COOKIE_PATH"] == "/"


def test_passwords_are_kept_as_argon2(shown: dict[str, Any]) -> None:
    assert shown["PASSWORD_HASHERS"][0].endswith(".Argon2PasswordHasher")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/tokens/", "/nowhere/", "/healthz/"])
def test_what_every_answer_tells_the_browser(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    policy = answer["Content-Security-Policy"]
    for directive in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/tokens/", "/healthz/", "/"])
def test_trace_is_no_method_here(client: Client, path: str) -> None:
    answer = client.trace(path, headers={"X-Canary": "sent"})
    assert answer.status_code >= 300
    assert b"X-Canary" not in answer.content
    assert b"sent" not in answer.content


@pytest.mark.django_db
def test_keys_are_long_and_never_the_same() -> None:
    """32 random bytes, which is 43 characters; a session's key has 32 of 36."""
    now, integration = timezone.now(), make_integration()
    made = [create_usage_key(integration=integration, actor=ACTOR, now=now)[1] for _ in range(20)]
    made += [
        create_api_key(name=f"k{n}", permissions=[], days=1, actor=ACTOR, now=now)[1]
        for n in range(20)
    ]
    assert len({plain.partition("_")[2] for plain in made}) == len(made)
    assert all(len(plain.partition("_")[2]) >= 43 for plain in made)
    sessions = {SessionStore()._get_new_session_key() for _ in range(20)}  # type: ignore[attr-defined]
    assert len(sessions) == 20
    assert all(len(each) >= 32 for each in sessions)


@pytest.mark.django_db
def test_the_api_is_not_led_from_http_to_https(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/api/v1/tokens/", "/api/schema/", "/api/nowhere/"):
        answer = client.get(path, headers={"Authorization": "Api-Key x"})
        assert answer.status_code == 403
        assert "https" in answer.json()["detail"]
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert client.get(path, secure=True).status_code != 301
    assert client.get("/tokens/").status_code == 301


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("Coolset2026!!", False),
        ("acme-Governance-1", False),
        ("TOKEN.token.token", False),
        ("correct horse battery coolset", True),
        ("vexed-quartz-7-lantern", True),
    ],
)
def test_a_password_is_more_than_words_of_its_context(password: str, fine: bool) -> None:
    found = None
    try:
        validate_password(password, Account(email="ada@acme.example"))
    except ValidationError as error:
        found = error
    assert (found is None) is fine
