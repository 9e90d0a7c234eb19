"""Every link that a page offers to somebody with a role in one company opens for them."""

from __future__ import annotations

import html
import re
from collections import deque
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, failing, make_token
from tests.web.conftest import signed_in
from tests.web.test_reach import MARKER, World, member, text_of, world  # noqa: F401 - a fixture
from tokens.policy.vocabulary import CompanyRole
from tokens.services.compromise import mark_compromised

pytestmark = pytest.mark.django_db
MOST = 300
LINK = re.compile(r'(?:href|hx-get)="([^"]+)"')
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


def crawl(client: Client, start: str = "/") -> tuple[int, list[tuple[str, str, int]]]:
    """How many pages opened, and what did not: address, page that offers it, status."""
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
        for link in links(text, where):
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
    now = timezone.now()
    troubles: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {"state": "revoked"}),
        ({}, {"state": "replaced", "replaced_at": now}),
        (failing(now), {}),
        ({}, {}),
    ]
    for number, (secret, row) in enumerate(troubles):
        token = make_token(
            company_name="Near GmbH",
            integration_name="Near sync",
            label=f"trouble {number}",
            secret=secret,
            row=row,
        )
    said = {"reason": "in a chat", "by": "near@acme.example"}
    mark_compromised(token=token, **said, actor=ACTOR, now=now)
    return world


@pytest.mark.parametrize("role", list(CompanyRole))
def test_every_link_opens(lived_in: World, role: CompanyRole) -> None:
    opened, shut = crawl(signed_in(member(lived_in, role)))
    assert shut == []
    assert opened > 40
