"""A call that is sent twice with one Idempotency-Key stores one token, and keeps no value."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.conftest import signed_in
from tests.factories import ACTOR, NOW, make_entry, make_token, token_value
from tests.journeys.leaks import database_dump
from tokens.errors import KeyReused
from tokens.models import AuditEvent, FirstAnswer, Token
from tokens.policy.idempotency import HEADER, KEPT
from tokens.policy.vocabulary import Role
from tokens.services.housekeeping import tidy
from tokens.services.register_once import Asked, Stored, register_once

TOKENS = "/api/v1/tokens/"
KEY = "deploy-2026-11-24"


def body(**fields: Any) -> dict[str, Any]:
    place = {"company": "Acme GmbH", "integration": "ERP"}
    return place | {"environment": "production", "scope": "read", "held": False} | fields


def send(client: APIClient, sent: dict[str, Any], key: str = KEY) -> Any:
    return client.post(TOKENS, sent, format="json", headers={HEADER: key})


def test_the_second_call_is_answered_by_the_first(admin: APIClient) -> None:
    sent = body(token=token_value(), held=True, label="blue")
    first, second = send(admin, sent), send(admin, dict(reversed(sent.items())))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Token.objects.count() == 1
    assert AuditEvent.objects.filter(kind="token.registered").count() == 1


def test_without_a_key_the_second_call_is_refused_as_ever(admin: APIClient) -> None:
    sent = body(token=token_value(), held=True)
    codes = [admin.post(TOKENS, sent, format="json").status_code for _ in range(2)]
    assert codes == [201, 409]
    assert not FirstAnswer.objects.exists()


def test_another_body_under_the_same_key_is_422(admin: APIClient) -> None:
    value = token_value()
    send(admin, body())
    answer = send(admin, body(label="blue", token=value, held=True))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["attr"] == HEADER
    assert value not in answer.content.decode()
    assert KEY not in answer.content.decode()
    assert Token.objects.count() == 1


def test_keys_of_others_are_others(admin: APIClient) -> None:
    send(admin, body())
    answer = send(signed_in(Role.ADMINISTRATOR), body(label="blue"))
    assert answer.status_code == 201
    assert Token.objects.count() == 2


def test_what_was_refused_may_come_again_put_right(admin: APIClient) -> None:
    value = token_value()
    make_token(value=value)
    refused = send(admin, body(token=value, held=True))
    assert refused.status_code == 409
    assert not FirstAnswer.objects.exists()
    assert send(admin, body(token=token_value(), held=True)).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 201, "ü"])
def test_what_is_no_key_is_400(admin: APIClient, key: str) -> None:
    answer = send(admin, body(), key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == HEADER
    assert not Token.objects.exists()


@pytest.mark.django_db
def test_a_key_counts_for_a_day() -> None:
    def once(at: Any, label: str) -> Stored:
        asked = Asked("Script:1", KEY, {"label": label})
        entry = make_entry(label=label)
        return register_once(asked=asked, entry=entry, allow_shared=False, actor=ACTOR, now=at)

    now = timezone.now()
    once(now, "a")
    with pytest.raises(KeyReused):
        once(now + KEPT - timedelta(seconds=1), "b")
    assert once(now + KEPT, "b").again is False
    assert FirstAnswer.objects.count() == 1
    tidy(now=now + 2 * KEPT)
    assert FirstAnswer.objects.count() == 1
    tidy(now=now + 2 * KEPT + timedelta(seconds=1))
    assert not FirstAnswer.objects.exists()


def test_neither_value_nor_key_is_kept(admin: APIClient) -> None:
    value, key = token_value(), "k3y-that-may-be-a-secret"
    send(admin, body(token=value, held=True), key)
    dump = database_dump()
    assert value.encode() not in dump
    assert key.encode() not in dump
    asked = Asked("Script:1", key, {"token": value})
    assert value not in repr(asked)
    assert key not in repr(asked)
    kept = FirstAnswer.objects.get()
    fingerprint = bytes(Token.objects.select_related("secret").get().secret.fingerprint or b"")
    assert fingerprint
    assert fingerprint not in (bytes(kept.body_digest), bytes(kept.key_digest))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_moment_store_one() -> None:
    entry = make_entry(company_name="Acme GmbH", integration_name="ERP")

    def once(_: int) -> Stored:
        try:
            asked = Asked("Script:1", KEY, {"a": 1})
            return register_once(asked=asked, entry=entry, allow_shared=False, actor=ACTOR, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(once, range(8)))
    assert sorted(each.again for each in stored) == [False] + [True] * 7
    assert {each.token for each in stored} == {Token.objects.get().pk}


def test_the_schema_names_the_header(admin: APIClient) -> None:
    schema = json.loads(admin.get("/api/schema/?format=json").content)
    post = schema["paths"][TOKENS]["post"]
    assert HEADER in {each["name"] for each in post["parameters"]}
