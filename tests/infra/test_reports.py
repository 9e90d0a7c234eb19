"""Error pages and the answers of the outermost layers, where DEBUG is on too."""

import logging
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tests.factories import token_value
from tests.web.conftest import signed_in
from tokens.models import Account
from tokens.policy.vocabulary import Role
from tokens.services import register


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_page_shows_code_and_never_what_was_posted(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any, debug: bool
) -> None:
    value = token_value()
    settings.DEBUG = debug

    def breaks(**given: Any) -> None:
        raise RuntimeError("broke")

    monkeypatch.setattr(register, "audited", breaks)
    account = Account.objects.create_account(email="ada@acme.example", role=Role.ADMINISTRATOR)
    client = signed_in(account)
    client.raise_request_exception = False
    given = {
        "company": "Acme", "integration": "ERP", "environment": "production", "scope": "read",
        "token": value,
    }  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/tokens/new/", given, headers={"Authorization": f"Bearer {value}"})
        api = client.post("/api/v1/tokens/", given, content_type="application/json")
    assert (answer.status_code, api.status_code) == (500, 500)
    assert ("RuntimeError" in answer.content.decode()) is debug
    for text in (answer.content.decode(), api.content.decode(), caplog.text):
        assert value not in text
    if not debug:  # Django's page with code carries its style within
        assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


def test_no_frame_shows_a_variable(settings: Any) -> None:
    from django.views.debug import get_exception_reporter_filter

    settings.DEBUG = True
    request: HttpRequest = RequestFactory().post("/x/", {"token": "abc"})
    found = get_exception_reporter_filter(request)
    assert dict(found.get_post_parameters(request)) == {"token": "*" * 20}
    settings.REDIS_URL = "redis://:hunter2@cache/0"
    assert "hunter2" not in str(found.get_safe_settings())


def test_what_the_outermost_layer_answers_has_a_policy_too(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["tokens.example.com"]
    refused = Client().get("/", headers={"Host": "evil.example"})
    redirected = Client().get("/", headers={"Host": "tokens.example.com"})
    assert (refused.status_code, redirected.status_code) == (400, 301)
    for answer in (refused, redirected):
        assert "default-src 'self'" in answer["Content-Security-Policy"]
