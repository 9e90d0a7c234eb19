"""Roles in single companies: every route × method × role × company, generated from the addresses.

Everything that belongs to the other company alone carries the marker in its name, so one look at an
answer tells whether it says more than it should.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_token, token_value
from tests.web.conftest import signed_in
from tests.web.test_matrix import OPEN, address, everything, routes
from tokens.models import (
    Account,
    Approval,
    Mail,
    PolicyException,
    Review,
    ReviewItem,
    Token,
)
from tokens.policy.api_keys import KEYABLE
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.selectors.facts import rows
from tokens.services.api_keys import create_api_key
from tokens.services.consumers import add_consumer
from tokens.services.memberships import give_role
from tokens.services.policy_in_force import rules_in_force
from tokens.services.reviews.start import facts_of
from tokens.services.take_snapshot import take_snapshot

pytestmark = pytest.mark.django_db

MARKER = "outofsight"
MIA = "mia@near.example"
ROLES = list(CompanyRole)
#: Routes whose ids are of no company; whoever has company roles alone never gets in with them.
WHOLE = (
    "approval_id", "channel_id", "delivery_id", "draft_id", "account_id", "key_id", "incident_id",
    "mail_id", "policy_id", "link_id",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Two companies with one token each, and what hangs on the tokens; `own` is in sight.

    `ids` also has `shared`: a token of the company in sight whose value and whose integration the
    other company has, too.
    """

    own: Token
    foreign: Token
    ids: dict[str, dict[str, Any]]


@pytest.fixture
def world(administrator: Account) -> World:
    own = make_token(company_name="Near GmbH", integration_name="Near sync",
                     owner_email="near@acme.example")  # fmt: skip
    foreign = make_token(
        company_name=f"{MARKER} GmbH",
        integration_name=f"{MARKER} sync",
        owner_email=f"{MARKER}@acme.example",
        created_by_email=f"{MARKER}-creator@acme.example",
        label=f"{MARKER} label",
        where=f"{MARKER} vault",
    )
    ids = {"own": _ids(own, "near"), "foreign": _ids(foreign, MARKER)}
    # One review asks for both: of the other company's token nothing may be said.
    asked_of(own, ids["own"]["review_id"], foreign)
    take_snapshot(now=timezone.now())
    return World(own, foreign, ids | {"shared": _ids(_shared(), "common")})


def asked_of(token: Token, review: Any, *others: Token) -> None:
    """Mia is to decide about these tokens, and somebody else about nothing of hers."""
    mia, _ = Account.objects.get_or_create(email=MIA, defaults={"role": Role.MEMBER.value})
    rules, now = rules_in_force(), timezone.now()
    for place, each in enumerate((token, *others), start=1):
        facts = facts_of(next(rows(Token.objects.filter(pk=each.pk), rules, now)))
        ReviewItem.objects.update_or_create(
            review_id=review, token=each, defaults={"place": place, "facts": facts, "reviewer": mia}
        )


def _shared() -> Token:
    value = token_value()
    make_token(
        company_name=f"{MARKER} GmbH",
        integration_name="Common sync",
        owner_email=f"{MARKER}@acme.example",
        label=f"{MARKER} twin",
        where=f"{MARKER} vault",
        value=value,
    )
    return make_token(
        company_name="Near GmbH",
        integration_name="Common sync",
        owner_email="common@acme.example",
        value=value,
        allow_shared=True,
    )


def _ids(token: Token, name: str) -> dict[str, Any]:
    now = timezone.now()
    consumer = add_consumer(integration=token.integration, name=f"{name} job", actor=ACTOR, now=now)
    exception = PolicyException.objects.create(
        token=token, flags=["overdue"], reason=f"{name} reason", ends_on=now.date(),
        asked_by=f"{name}-asker@acme.example", asked_at=now,
    )  # fmt: skip
    request = Approval.objects.create(
        kind="revocation", token=token, company=token.company, about=f"Revocation of {name} token",
        details={"reason": f"{name} why", "by": f"{name}-by@acme.example", "at": None},
        asked_by=f"{name}-asks@acme.example", asked_at=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    mail = Mail.objects.create(
        recipient=f"{name}@acme.example", kind="reminder", message_id=f"<{name}@x>", created_at=now
    )
    review = Review.objects.create(
        name=f"{name} review", asked_by=Account.objects.administrators()[0],
        created_at=now, due_on=now.date(),
    )  # fmt: skip
    asked_of(token, review.pk)
    found: dict[str, Any] = dict.fromkeys(WHOLE, token.pk)
    found |= {"policy_id": 1, "secret": "z", "uidb64": "x", "token": "y", "mail_id": mail.pk}
    found |= {
        "token_id": token.pk,
        "company_id": token.company_id,
        "integration_id": token.integration_id,
        "consumer_id": consumer.pk,
        "person_id": token.owner_id,
        "exception_id": exception.pk,
        "approval_id": request.pk,
        "review_id": review.pk,
    }
    return found


def member(world: World, role: CompanyRole) -> Account:
    """Somebody with this role in the company in sight, and in no other."""
    found, _ = Account.objects.get_or_create(email=MIA, defaults={"role": Role.MEMBER.value})
    give_role(
        company=world.own.company, email=found.email, role=role, actor=ACTOR, now=timezone.now()
    )
    return Account.objects.get(pk=found.pk)


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    location = answer.headers.get("Location", "")
    return str(content.decode("utf-8", "replace") + location).lower()


def methods_of(route: str) -> tuple[str, ...]:
    return ("GET", "POST", *(("PUT", "PATCH", "DELETE") if route.startswith("api/") else ()))


@pytest.mark.parametrize("whose", ["own", "foreign", "shared"])
def test_no_answer_names_what_is_out_of_sight(world: World, whose: str) -> None:
    account, said = member(world, CompanyRole.ADMIN), []
    for route in routes():
        client = signed_in(account)
        for method in methods_of(route):
            answer = client.generic(method, address(route, world.ids[whose]), b"")
            assert answer.status_code < 500, f"{method} {route}"
            if MARKER in text_of(answer):
                said.append((method, route, answer.status_code))
    assert said == []


@pytest.mark.parametrize("role", ROLES)
def test_foreign_ids_are_not_there_and_nothing_changes(world: World, role: CompanyRole) -> None:
    account, wrong = member(world, role), []
    for route in routes():
        if "<" not in route or route in OPEN or "<str:" in route:
            continue
        client = signed_in(account)
        for method in methods_of(route):
            before = everything() if method != "GET" else None
            status = client.generic(method, address(route, world.ids["foreign"]), b"").status_code
            if status not in {403, 404, 405} or (before and before != everything()):
                wrong.append((method, route, status))
            if status == 405 or any(name in WHOLE for name in re.findall(r":(\w+)>", route)):
                continue
            seen = client.generic(method, address(route, world.ids["own"]), b"").status_code
            # Where one's own opens, the other company's is as if it did not exist.
            if seen not in {403, 404, 405} and status != 404:
                wrong.append((method, route, status))
    assert wrong == []


def test_a_key_of_one_company_says_nothing_of_another(world: World) -> None:
    _, plain = create_api_key(
        name="near", permissions=KEYABLE, days=9,
        companies=[world.own.company_id], actor=ACTOR, now=timezone.now(),
    )  # fmt: skip
    header = {"Authorization": f"Api-Key {plain}"}
    said = []
    for route in routes():
        if not route.startswith("api/v1/"):
            continue
        for whose in ("own", "foreign", "shared"):
            for method in methods_of(route):
                where = address(route, world.ids[whose])
                answer = Client().generic(method, where, b"", headers=header)
                assert answer.status_code < 500, f"{method} {route}"
                if MARKER in text_of(answer):
                    said.append((method, route, answer.status_code))
    assert said == []
