"""Every route with the key of an integration, which is no account: nothing breaks."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import URLPattern

from tests.api.conftest import new_key, with_key
from tokens.api.urls import urlpatterns
from tokens.models import Token

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
BODIES: tuple[Any, ...] = (
    {}, [], "text", {"name": 1, "ids": [None], "action": []}, {"action": "check", "ids": []},
    {"action": "revocation", "preview": False, "ids": [str(uuid.uuid4())], "number": True},
    {"decision": "approve", "items": "x", "reason": None, "days": 10**30, "number": "\0"},
)  # fmt: skip
BROKEN = "?token=x&standing=x&company=x&days=x&from=x&cursor=x&page_size=0&channel=x&q=%00"


def _addresses(token: Token) -> list[str]:
    ids = {"token_id": token.pk, "integration_id": token.integration_id}
    found = []
    for each in urlpatterns:
        assert isinstance(each, URLPattern)
        route = str(each.pattern)
        if route.startswith("^"):
            continue
        for name, converter in each.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            value = ids.get(name, 1 if kind == "int" else uuid.uuid4())
            route = route.replace(f"<{kind}:{name}>", str(value))
        found.append(f"/{route}")
    return found


def test_a_usage_key_breaks_nothing(token: Token) -> None:
    """Beside test_schema_fuzz, which calls as a script and as nobody."""
    client = with_key(new_key(token.integration))
    broken = []
    for address in _addresses(token):
        for method in METHODS:
            reads = method in {"get", "head", "options", "delete"}
            for body, query in [({}, ""), ({}, BROKEN)] if reads else [(one, "") for one in BODIES]:
                answer = getattr(client, method)(address + query, body, format="json")
                if answer.status_code >= 500:
                    broken.append((method, address + query, body, answer.status_code))
    assert not broken
