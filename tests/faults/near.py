"""What somebody gets who is something in one company alone: a person, and a key bound to it.

Run inside of an instance, as shown.py is. The campaign's companies are called "Company 7"; so one
look at an answer tells whose rows are in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from tokens.audit import system
from tokens.models import Company, Token
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.accounts import add_account, set_active
from tokens.services.api_keys import create_api_key, revoke_api_key
from tokens.services.memberships import end_role, give_role

ACTOR = system("faults")
PAGES = (
    "/", "/tokens/?state=all&sort=due", "/tokens/?state=all&sort=-due", "/companies/",
    "/integrations/", "/audit/", "/notifications/",
)  # fmt: skip
LISTS = "/api/v1/tokens/", "/api/v1/companies/", "/api/v1/integrations/"
_NAMED = re.compile(rb"Company \d+\b")


def answers(own: Token, other: Token) -> dict[str, Any]:
    """`refused`: what both get for the other company's token; `own`: for their own
    and for any list; `named`: all companies that one of these speaks of, but their own."""
    with _person(own.company) as person, _key(own.company) as key:
        ways = [(person, "/tokens/{}/", PAGES), (key, "/api/v1/tokens/{}/", LISTS)]
        refused = [client.get(page.format(other.pk)).status_code for client, page, _ in ways]
        seen = [client.get(page.format(own.pk)) for client, page, _ in ways]
        seen += [client.get(path) for client, _, paths in ways for path in paths]
    bodies = [b"".join(each) if each.streaming else each.content for each in seen]
    named = {name.decode() for body in bodies for name in _NAMED.findall(body)}
    told = sorted({answer.status_code for answer in seen})
    return {"refused": refused, "own": told, "named": sorted(named - {own.company.name})}


@contextmanager
def _person(company: Company) -> Iterator[Client]:
    email = f"near-{uuid4().hex[:12]}@acme.example"
    added = add_account(email=email, role=Role.MEMBER, actor=ACTOR, now=timezone.now())
    words: dict[str, Any] = {"company": company, "actor": ACTOR, "now": timezone.now()}
    give_role(email=email, role=CompanyRole.AUDITOR, **words)
    client = Client(SERVER_NAME="localhost")
    client.force_login(added, backend="django.contrib.auth.backends.ModelBackend")
    try:
        yield client
    finally:
        end_role(account_id=added.pk, **words)
        set_active(account_id=added.pk, active=False, actor=ACTOR, now=timezone.now())


@contextmanager
def _key(company: Company) -> Iterator[Client]:
    made, plain = create_api_key(
        name=f"near {uuid4().hex[:12]}", permissions=(), days=1, companies=[company.pk],
        actor=ACTOR, now=timezone.now(),
    )  # fmt: skip
    try:
        yield Client(SERVER_NAME="localhost", headers={"Authorization": f"Api-Key {plain}"})
    finally:
        revoke_api_key(key=made, actor=ACTOR, now=timezone.now())
