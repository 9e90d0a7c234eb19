"""Every link and form that a page offers to somebody with a role in one company is for them."""

from __future__ import annotations

import html
import re
from collections import deque
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve
from django.utils import timezone

from tests.factories import ACTOR, failing, make_token
from tests.web.conftest import signed_in
from tests.web.test_reach import MARKER, World, member, text_of, world  # noqa: F401 - a fixture
from tokens.models import Account, Token
from tokens.policy.vocabulary import CompanyRole
from tokens.services.compromise import mark_compromised
from tokens.services.memberships import give_role
from tokens.web.access import Verdict, access_of, judge

pytestmark = pytest.mark.django_db
MOST = 300
LINK = re.compile(r'(?:href|hx-get)="([^"]+)"')
FORM = re.compile(r"<form\b[^>]*>")
#: Of the same page with other filters a few say as much as all.
VARIANTS = 4


def links(text: str, here: str) -> list[str]:
    """Same-site addresses that a page offers, without what is sent to by forms."""
    found = [urlsplit(urljoin(here, html.unescape(each))) for each in LINK.findall(text)]
    return [
        f"{each.path}?{each.query}" if each.query else each.path
        for each in found
        if each.scheme == "" and each.netloc == "" and not each.path.startswith("/static/")
    ]


def refused_forms(text: str, here: str, account: Account) -> list[tuple[str, str, int]]:
    """Forms on a page that send to what the account may not do."""
    found = []
    for form in FORM.findall(text):
        if 'method="post"' not in form:
            continue
        action = re.search(r'action="([^"?]*)', form)
        where = urljoin(here.partition("?")[0], html.unescape(action[1]) if action else "")
        match = resolve(where)
        access = access_of(match.func)
        needed = access.asked_by("POST") if access else None
        if access is None or needed is None:
            continue
        verdict = judge(account, needed, within=access.within, kwargs=match.kwargs)
        if verdict is not Verdict.OPEN:
            found.append((where, here, 403))
    return found


def crawl(account: Account, start: str = "/") -> tuple[int, list[tuple[str, str, int]]]:
    """How many pages opened, and what did not: address, page that offers it, status."""
    client = signed_in(account)
    waiting, seen, variants = deque([(start, "")]), {start}, dict[str, int]()
    opened, shut = 0, []
    while waiting and opened < MOST:
        where, offered_by = waiting.popleft()
        answer = client.get(where)
        text = text_of(answer)
        if answer.status_code not in {200, 302}:
            shut.append((where, offered_by, answer.status_code))
            continue
        opened += 1
        assert MARKER not in text, where
        if not answer["Content-Type"].startswith("text/html"):
            continue
        shut += refused_forms(answer.content.decode(), where, account)
        for link in links(answer.content.decode(), where):
            path = link.partition("?")[0]
            if link in seen or variants.get(path, 0) >= VARIANTS:
                continue
            seen.add(link)
            variants[path] = variants.get(path, 0) + 1
            waiting.append((link, where))
    return opened, shut


@pytest.fixture
def lived_in(world: World) -> World:  # noqa: F811 - the fixture
    """With tokens in trouble of several kinds, so that pages have something to offer."""
    in_trouble("Near GmbH", "Near sync")
    return world


def in_trouble(company: str, integration: str) -> Token:
    now = timezone.now()
    troubles: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"state": "revoked"}),
        ({}, {"state": "replaced", "replaced_at": now}),
        (failing(now), {}),
        ({}, {}),
    ]
    for number, (secret, row) in enumerate(troubles):
        token = make_token(
            company_name=company,
            integration_name=integration,
            owner_email="both@acme.example",
            created_by_email="both@acme.example",
            label=f"trouble {number}",
            secret=secret,
            row=row,
        )
    said = {"reason": "in a chat", "by": "near@acme.example"}
    mark_compromised(token=token, **said, actor=ACTOR, now=now)
    return token


@pytest.mark.parametrize("role", list(CompanyRole))
def test_every_link_opens(lived_in: World, role: CompanyRole) -> None:
    opened, shut = crawl(member(lived_in, role))
    assert shut == []
    assert opened > 40


def test_what_opens_in_one_company_is_not_offered_in_another(lived_in: World) -> None:
    """Whoever sees one company and runs another: `can` is asked for the company of each thing."""
    account = member(lived_in, CompanyRole.VIEWER)
    for integration in ("Third sync", "Near sync"):
        company = in_trouble("Third GmbH", integration).company
    now = timezone.now()
    give_role(company=company, email=account.email, role=CompanyRole.ADMIN, actor=ACTOR, now=now)
    opened, shut = crawl(Account.objects.get(pk=account.pk))
    assert shut == []
    assert opened > 60
