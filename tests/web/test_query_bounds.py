"""How often each page asks the database: at most eight times, however much there is.

Counted is whatever an administrator's request asks, session and account included: at the first
visit of a process, which keeps nothing yet, and at the second. Statements that begin and end a
transaction are not counted: the tests' own transaction turns them into savepoints.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.factories import ACTOR, accepted, failing, make_account, make_token, token_value
from tests.web.conftest import signed_in
from tests.web.test_matrix import address, ids, routes  # noqa: F401 - ids is a fixture
from tokens.models import Account, Person, Token
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import Role
from tokens.selectors.kept import kept
from tokens.services.compromise import mark_compromised
from tokens.services.consumers import add_consumer
from tokens.services.report_usage import report_usage
from tokens.services.usage_keys import create_usage_key
from tokens.web.todo_count import remembered

pytestmark = pytest.mark.django_db
MOST = 8
#: Files, which are made once and written into the audit trail, and what machines ask.
NO_PAGES = re.compile(r"^(api/|metrics$|.*export/$|.*\.(csv|json|pdf|ics)$)")
#: What is allowed more, each with its reason.
MORE: dict[str, tuple[int, str]] = {
    "tokens/<uuid:token_id>/revoke/": (9, "notes in the session that the form may be sent"),
    "evidence/report/": (34, "a report of a dozen sections, made when it is asked for"),
}
#: Statements of a transaction, and what Django finds out about SQLite once in a process.
NOT_COUNTED = re.compile(r"^(BEGIN|COMMIT|SAVEPOINT|RELEASE SAVEPOINT|SELECT JSON\()")


def asked(client: Client, url: str) -> tuple[int, list[str]]:
    """The status of the answer, and what was asked."""
    with CaptureQueriesContext(connection) as caught:
        status = client.get(url).status_code
    found = [each["sql"] for each in caught.captured_queries]
    return status, [sql for sql in found if not NOT_COUNTED.match(sql)]


def first_and_second(account: Account, url: str) -> list[list[str]]:
    """What the first visit of a process asks, and what the second."""
    client = signed_in(account)
    client.get("/accounts/password/")  # the sign-in itself is written at the first request
    kept.forget()
    remembered.forget()
    cache.clear()
    visits = [asked(client, url) for _ in range(2)]
    return [queries for status, queries in visits if status == 200]


def a_world(times: int) -> None:
    """`times` as much of everything that pages list, and of what one token's page tells."""
    now = timezone.now()
    old = now - timedelta(days=100)
    for number in range(times):
        around: dict[str, Any] = {
            "company_name": "Acme GmbH",
            "integration_name": "Portal",
            "label": f"{times}-{number}",
        }
        who: dict[str, Any] = {
            "owner_email": "owner@acme.example",
            "created_by_email": "maker@acme.example",
        }
        make_token(issued_at=old, now=now, **around, **who)
        make_token(secret=failing(old, accepted_at=old), **around, **who, scope="write")
        make_token(secret=failing(old), **around, **who, environment="development")
        make_token(row={"state": "revoked"}, **around, **who, scope="admin")
        make_token(secret=accepted(now), owner_email="", integration_name="Sync")
        said: dict[str, Any] = {"reason": "in a chat", "by": "near@acme.example"}
        mark_compromised(token=make_token(secret=accepted(now)), **said, actor=ACTOR, now=now)
        person = make_token(owner_email=f"leaver{times}-{number}@acme.example").owner
        assert person is not None
        Person.objects.filter(pk=person.pk).update(leaving_on=now.date() + timedelta(days=3))
        make_account(role=Role.AUDITOR)


def tokens_in_every_state(times: int) -> dict[str, Token]:
    """One token each, with a long story, and others of the same value."""
    now = timezone.now()
    before = now - timedelta(days=2)
    states: dict[str, dict[str, Any]] = {
        "active": accepted(now),
        "failing": failing(before, accepted_at=before - timedelta(days=1)),
        "replaced": accepted(now),
        "revoked": accepted(now),
    }
    found = {}
    for name, secret in states.items():
        value, where = token_value(), f"{times} of {name}"
        token = make_token(value=value, now=now, integration_name=where, secret=secret)
        key, _ = create_usage_key(integration=token.integration, actor=ACTOR, now=now)
        for number in range(times):
            make_token(value=value, allow_shared=True, integration_name=where)
            add_consumer(integration=token.integration, name=f"Job {number}", actor=ACTOR, now=now)
            seen = now - timedelta(days=1)
            address = f"192.0.2.{number + 1}"
            report_usage(token=token, key=key, seen_at=seen, now=now, address=address)
        found[name] = token
    for name in ("replaced", "revoked"):
        Token.objects.filter(pk=found[name].pk).update(state=name, replaced_at=before)
    by: dict[str, Any] = {"reason": "in a chat", "by": "near@acme.example"}
    mark_compromised(token=found["active"], **by, actor=ACTOR, now=now)
    return found


@pytest.mark.timeout(300)
def test_no_page_asks_more_than_eight_times(
    ids: dict[str, Any],  # noqa: F811 - the fixture
    administrator: Account,
    settings: Settings,
) -> None:
    settings.TWO_PERSON_RULE = frozenset(Rule)
    pages = [each for each in routes() if not NO_PAGES.match(each)]
    found: dict[str, list[list[int]]] = {}
    for times in (1, 9):
        a_world(times)
        for route in pages:
            visits = first_and_second(administrator, address(route, ids))
            found.setdefault(route, []).append([len(queries) for queries in visits])
    over = {
        route: counted
        for route, counted in found.items()
        if max([0, *counted[0], *counted[1]]) > MORE.get(route, (MOST, ""))[0]
    }
    assert over == {}
    assert {r: c for r, c in found.items() if c[0] != c[1] and r not in MORE} == {}
    assert sum(bool(few) for few, _ in found.values()) > 60


TOKEN_PAGES = ("", "edit/", "rotate/", "revoke/", "compromised/", "snooze/", "policy/")


@pytest.mark.timeout(300)
def test_a_token_in_any_state_is_told_in_eight(administrator: Account, settings: Settings) -> None:
    settings.TWO_PERSON_RULE = frozenset(Rule)
    found: dict[tuple[str, str], list[list[int]]] = {}
    for times in (1, 9):
        for state, token in tokens_in_every_state(times).items():
            for tail in TOKEN_PAGES:
                visits = first_and_second(administrator, f"/tokens/{token.pk}/{tail}")
                found.setdefault((state, tail), []).append([len(each) for each in visits])
    revoking = MORE["tokens/<uuid:token_id>/revoke/"][0]
    over = {
        (state, tail): counted
        for (state, tail), counted in found.items()
        if max([0, *counted[0], *counted[1]]) > (revoking if tail == "revoke/" else MOST)
    }
    assert over == {}
    assert {page: c for page, c in found.items() if c[0] != c[1]} == {}
