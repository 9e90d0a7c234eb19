"""Accounts and signed-in clients for the tests of pages."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.stand_in.oidc import CLIENT, SECRET, Provider, provider
from tests.web.sign_on import ADMINS, AUDITORS, MEMBERS, person
from tokens.models import Account
from tokens.policy.vocabulary import Role
from tokens.sign_on import provider as speaking
from tokens.web.todo_count import remembered

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def password() -> str:
    return f"Test-{secrets.token_urlsafe(12)}"


@pytest.fixture(autouse=True)
def _own_folder_and_cache(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    cache.clear()
    # A number that another test left behind is none of this one's; nor are the queries to count it.
    remembered.keep(0)
    yield
    cache.clear()
    remembered.forget()


@pytest.fixture
def administrator(db: None, password: str) -> Account:
    return Account.objects.create_account(
        email="ada@acme.example", role=Role.ADMINISTRATOR, password=password
    )


@pytest.fixture
def auditor(db: None, password: str) -> Account:
    return Account.objects.create_account(
        email="otto@acme.example", role=Role.AUDITOR, password=password
    )


@pytest.fixture
def as_administrator(administrator: Account) -> Client:
    return signed_in(administrator)


@pytest.fixture
def as_auditor(administrator: Account, auditor: Account) -> Client:
    return signed_in(auditor)


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def idp(settings: Settings) -> Iterator[Provider]:
    """An identity provider that serves, and settings that know it."""
    speaking._clients.clear()
    with provider() as running:
        running.world.person = person()
        settings.OIDC_ISSUER = running.url
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        settings.OIDC_ADMINISTRATORS, settings.OIDC_AUDITORS = [ADMINS], [AUDITORS]
        settings.OIDC_MEMBERS = [MEMBERS]
        yield running
