"""Two companies, one of them in sight, and what they share: for the tests of roles per company."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_token, token_value
from tests.web.conftest import signed_in
from tests.web.test_reach import MARKER
from tokens.models import (
    Account,
    Consumer,
    Token,
)
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.consumers import add_consumer
from tokens.services.memberships import give_role

UNSEEN = "in another company that you cannot see"
TODAY = timezone.now().date()


@dataclass(frozen=True)
class Pair:
    """`own` and `foreign` hold one value and serve one integration; `alone` and `other` do not.

    `value` and `secret` are the texts of `own` and `other`; `job` uses `other`'s integration.
    """

    own: Token
    foreign: Token
    alone: Token
    other: Token
    value: str
    secret: str
    job: Consumer


def make_pair() -> Pair:
    now, value, secret = timezone.now(), token_value(), token_value()
    near: dict[str, Any] = {"company_name": "Near GmbH", "owner_email": "near@acme.example"}
    far: dict[str, Any] = {
        "company_name": f"{MARKER} GmbH",
        "workspace_id": 4711,
        "owner_email": f"{MARKER}@acme.example",
        "created_by_email": f"{MARKER}-creator@acme.example",
        "label": f"{MARKER} label",
        "where": f"{MARKER} vault",
    }
    foreign = make_token(now=now, integration_name="Common sync", value=value, **far)
    mark = {"health": "valid", "last_accepted_at": now, "last_conclusive_at": now}
    own = make_token(
        now=now, integration_name="Common sync", value=value, allow_shared=True, secret=mark, **near
    )
    alone = make_token(now=now, integration_name="Near sync", **near)
    other = make_token(now=now, integration_name=f"{MARKER} sync", value=secret, **far)
    job = add_consumer(integration=other.integration, name=f"{MARKER} job", actor=ACTOR, now=now)
    add_consumer(integration=own.integration, name="Common job", actor=ACTOR, now=now)
    return Pair(own, foreign, alone, other, value, secret, job)


def member(pair: Pair, role: CompanyRole, email: str = "mia@near.example") -> Client:
    """Signed in, with this role in the company in sight and in no other."""
    account, _ = Account.objects.get_or_create(email=email, defaults={"role": Role.MEMBER.value})
    company, now = pair.own.company, timezone.now()
    give_role(company=company, email=email, role=role, actor=ACTOR, now=now)
    return signed_in(Account.objects.get(pk=account.pk))


def page(client: Client, token: Token, tail: str = "") -> str:
    answer = client.get(f"/tokens/{token.pk}/{tail}")
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def shown(answer: Any, *typed: object) -> str:
    """What was answered, without what changes from request to request, or was just typed."""
    text = re.sub(
        r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", answer.content.decode()
    )
    text = re.sub(r'nonce="[^"]*"', "", text)
    for each in typed:
        text = text.replace(str(each), "TYPED")
    return text


def form(**changes: Any) -> dict[str, Any]:
    return {
        "company": "Near GmbH",
        "integration": "Near sync",
        "environment": "development",
        "scope": "read",
        "issued_at": TODAY.isoformat(),
        "token": token_value(),
        **changes,
    }
