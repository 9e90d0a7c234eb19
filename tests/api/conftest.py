"""Callers of the API: accounts by session, integrations by usage key."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_account, make_token
from tokens.models import Integration, Token
from tokens.policy.vocabulary import Role
from tokens.services.usage_keys import create_usage_key


@pytest.fixture(autouse=True)
def _failures_are_forgotten() -> None:
    cache.clear()


def signed_in(role: Role) -> APIClient:
    client = APIClient(enforce_csrf_checks=False, raise_request_exception=False)
    client.force_login(make_account(role=role), "django.contrib.auth.backends.ModelBackend")
    return client


def with_key(plain: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {plain}")
    return client


@pytest.fixture
def admin(db: Any) -> APIClient:
    return signed_in(Role.ADMINISTRATOR)


@pytest.fixture
def auditor(db: Any) -> APIClient:
    return signed_in(Role.AUDITOR)


@pytest.fixture
def anonymous(db: Any) -> APIClient:
    return APIClient(raise_request_exception=False)


@pytest.fixture
def token(db: Any) -> Token:
    return make_token(now=timezone.now())


@pytest.fixture
def key(token: Token) -> APIClient:
    """The key of `token`'s integration."""
    return with_key(new_key(token.integration))


def new_key(integration: Integration) -> str:
    _, plain = create_usage_key(integration=integration, actor=ACTOR, now=timezone.now())
    return plain
