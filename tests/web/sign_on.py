"""Going to the stand-in provider and back as a browser does."""

from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client

LOGIN, START, CALLBACK = "/accounts/login/", "/accounts/oidc/start/", "/accounts/oidc/callback/"
AGAIN = "/accounts/oidc/again/"
ADMINS, AUDITORS, MEMBERS = "grp-admins", "grp-auditors", "grp-members"


def person(groups: Any = (ADMINS,), **claims: Any) -> dict[str, Any]:
    named = {"sub": "u-1", "email": "Grace@Acme.example", "email_verified": True}
    return {**named, "groups": list(groups), **claims}


def depart(client: Client, path: str = START, **query: str) -> str:
    """To the provider as a browser goes; where that sends the browser back to."""
    sent = client.get(path, query)
    assert sent.status_code == 302, sent.content
    at_provider = requests.get(sent["Location"], allow_redirects=False, timeout=5)
    assert at_provider.status_code == 302, at_provider.text
    return str(at_provider.headers["Location"])


def come_back(client: Client, address: str) -> Any:
    where = urlsplit(address)
    assert where.path == CALLBACK
    return client.get(f"{where.path}?{where.query}")


def sign_on(client: Client, path: str = START, **query: str) -> Any:
    return come_back(client, depart(client, path, **query))


def said(client: Client, answer: Any) -> str:
    """What the page shows that a refused sign-in leads to."""
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "secret words" not in page
    assert "code=" not in answer["Location"]
    return str(page)
