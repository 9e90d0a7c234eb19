"""What an instance shows: pages, answers of the API and exports, for whoever may see all of it.

Run inside of an instance (`manage.py shell`), since it signs in as its administrator. Printed, so
that the output can be searched for what must never be in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.faults.near import answers
from tokens.audit import system
from tokens.models import Account, Integration, Token, UsageKey
from tokens.policy.vocabulary import Role
from tokens.services.accounts import add_account
from tokens.services.usage_keys import create_usage_key, revoke_usage_key

PATHS = (
    "/", "/tokens/", "/tokens/?state=all&sort=due", "/companies/", "/integrations/", "/policies/",
    "/audit/", "/notifications/", "/api/v1/tokens/", "/api/v1/companies/",
    "/api/v1/integrations/", "/readyz/", "/metrics",
)  # fmt: skip
ACTOR = system("faults")


def show(mark: str) -> None:
    """Print everything; the last line is what was counted, as JSON."""
    paths = _paths(mark)
    client = signed_in()
    for path in paths:
        answer = client.get(path)
        if answer.status_code not in {200, 503}:  # 503: /readyz/ while something is wrong
            raise SystemExit(f"{path}: {answer.status_code}")
        _print(b"".join(answer) if answer.streaming else answer.content)
        _print(repr(dict(answer.headers)).encode())
    for form in ("csv", "json"):
        call_command("export_inventory", format=form)
    with TemporaryDirectory() as folder:
        call_command("export_audit", output=f"{folder}/trail")
        _print(Path(folder, "trail").read_bytes())
    _print(json.dumps({"pages": len(paths), "foreign": _foreign_answers()}).encode())


def _print(text: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def _paths(mark: str) -> list[str]:
    """And the pages of some tokens, and a search for a part of a value."""
    tokens = Token.objects.order_by("?").values_list("pk", flat=True)[:3]
    return [*PATHS, *(f"/tokens/{pk}/" for pk in tokens), f"/tokens/?q={mark[:6]}"]


def signed_in() -> Client:
    account = Account.objects.filter(role=Role.ADMINISTRATOR.value, is_active=True).first()
    if account is None:
        email = "shown@acme.example"
        account = add_account(email=email, role=Role.ADMINISTRATOR, actor=ACTOR, now=timezone.now())
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _foreign_answers() -> dict[str, Any]:
    """What those get who are something in one company alone (near.py); `reported`: what a key of
    one integration gets for its own token, for another company's, and for none."""
    first = Token.objects.order_by("pk").first()
    if first is None:
        return {}
    integration = Integration.objects.get(pk=first.integration_id)
    other = Token.objects.exclude(company=first.company_id).exclude(integration=integration).first()
    if other is None:
        return {}
    key, plain = create_usage_key(integration=integration, actor=ACTOR, now=timezone.now())
    try:
        reported = [_reported(pk, plain) for pk in (first.pk, other.pk, uuid4())]
    finally:
        revoke_usage_key(key=UsageKey.objects.get(pk=key.pk), actor=ACTOR, now=timezone.now())
    return {"reported": reported, **answers(first, other)}


def _reported(pk: object, plain: str) -> int:
    answer = Client(SERVER_NAME="localhost").post(
        f"/api/v1/tokens/{pk}/usage/",
        data="{}",
        content_type="application/json",
        headers={"Authorization": f"Api-Key {plain}"},
    )
    return answer.status_code
