"""Keys that are not let in: audited with who and why, bounded, and never by their text."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_token
from tokens.models import ApiKey, AuditEvent
from tokens.services.api_keys import create_api_key, revoke_api_key
from tokens.services.usage_keys import create_usage_key, revoke_usage_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    cache.clear()


def ask(plain: str, address: str = "192.0.2.1", *, expect: int = 401) -> None:
    client = APIClient(REMOTE_ADDR=address)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    assert client.get("/api/v1/tokens/").status_code == expect


def refused() -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(kind="api_key.refused").order_by("id")
    return [(row.subject_name, row.data) for row in rows]


def test_a_key_that_never_was_one() -> None:
    wrong = "ctgk_" + "x" * 43
    ask(wrong)
    assert refused() == [("not known here", '{"address":"192.0.2.1","why":"unknown"}')]
    assert wrong not in repr(list(AuditEvent.objects.values_list()))


def test_a_key_that_ended_and_one_that_was_revoked_are_named() -> None:
    now = timezone.now()
    before = now - timedelta(days=8)
    ended, plain = create_api_key(name="nightly", permissions=[], days=9, actor=ACTOR, now=before)
    revoked, other = create_api_key(name="old", permissions=[], days=9, actor=ACTOR, now=now)
    ask(plain, expect=200)
    assert refused() == []
    ApiKey.objects.filter(pk=ended.pk).update(expires_at=now - timedelta(minutes=1))
    revoke_api_key(key=revoked, actor=ACTOR, now=now)
    ask(plain)
    ask(other)
    assert [name for name, _ in refused()] == [str(ended), str(revoked)]
    assert ['"why":"ended"' in refused()[0][1], '"why":"revoked"' in refused()[1][1]] == [True] * 2
    stored = repr(list(AuditEvent.objects.values_list()))
    assert plain not in stored
    assert other not in stored


def test_a_key_of_an_integration_that_was_revoked() -> None:
    now = timezone.now()
    key, plain = create_usage_key(integration=make_token().integration, actor=ACTOR, now=now)
    revoke_usage_key(key=key, actor=ACTOR, now=now)
    ask(plain)
    ((name, facts),) = refused()
    assert name == str(key)
    assert '"why":"revoked"' in facts


def test_a_flood_from_one_address_is_one_entry_and_from_many_is_bounded() -> None:
    for number in range(25):
        ask(f"ctgk_{number}")
    assert len(refused()) == 1
    for number in range(60):
        ask(f"ctgk_{number}", f"198.51.100.{number}")
    assert len(refused()) == 20


def test_a_revoked_key_is_news_whoever_floods() -> None:
    now = timezone.now()
    key, plain = create_api_key(name="old", permissions=[], days=9, actor=ACTOR, now=now)
    revoke_api_key(key=key, actor=ACTOR, now=now)
    for number in range(30):
        ask("ctgk_x", f"198.51.100.{number}")
    for _ in range(3):
        ask(plain)
    assert len(refused()) == 21
    assert refused()[-1][0] == str(key)
