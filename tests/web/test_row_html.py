"""Rows that are put together in Python look as the components do, and escape what people wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler

from tests.selectors import build
from tokens.models import Token
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Health, State
from tokens.selectors.facts import Row, one
from tokens.web.row_html import age_html, day_html, rows_html, tag_html, time_html
from tokens.web.words import Tag

NOW = build.NOW
pytestmark = pytest.mark.django_db
SOURCES = {
    "tag": '<c-tag tone="{{ tag.tone }}">{{ tag.words }}</c-tag>',
    "day": '<c-day :on="at" />',
    "time": '<c-time :at="at" :now="now" />',
    "age": '<c-age :days="row.age_days" :limit="row.rules.rotate_days" :warn="row.rules.warn_days"',
}


def component(name: str, **context: Any) -> str:
    template = Template(CottonCompiler().process("{% load cotton %}" + SOURCES[name]))
    return template.render(Context(context)).strip()


def row(token: Token) -> Row:
    found = one(token.pk, DEFAULT, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize("words", ["Works", "12 days overdue", "<b>&'\""])
def test_a_tag_is_the_component(words: str) -> None:
    assert tag_html(Tag(words, "red")) == component("tag", tag=Tag(words, "red"))


@pytest.mark.parametrize("hours", [0, 5, 30, 24 * 400, -40])
def test_moments_are_the_components(hours: int) -> None:
    at = NOW - timedelta(hours=hours)
    assert day_html(at) == component("day", at=at)
    assert time_html(at, NOW) == component("time", at=at, now=NOW)


@pytest.mark.parametrize("days", [0, 12, 80, 90, 91, 400, None])
def test_an_age_is_the_component(days: int | None) -> None:
    issued = None if days is None else NOW - timedelta(days=days)
    made = row(build.token(issued_at=issued))
    SOURCES["age"] = SOURCES["age"].removesuffix(" />").removesuffix(" at_least")
    SOURCES["age"] += " />" if days is not None else " at_least />"
    assert age_html(made) == component("age", row=made)


@pytest.mark.parametrize("choose", [True, False])
@pytest.mark.parametrize(
    "write",
    [
        lambda text: {"company": text},
        lambda text: {"integration": text},
        lambda text: {"label": text},
        lambda text: {"owner": f"{text}@acme.example"},
        lambda text: {"hint": text},
    ],
)
def test_what_people_wrote_is_escaped(write: Callable[[str], dict[str, str]], choose: bool) -> None:
    text = "<q a=\"'>&"
    html = rows_html([row(build.token(**write(text)))], NOW, choose=choose)
    assert "<q" not in html
    assert "&lt;q a=&quot;&#x27;&gt;&amp;" in html


def test_a_row_says_what_is_known() -> None:
    plain = rows_html([row(build.token(label="one"))], NOW, choose=True)
    assert "cannot tell" in plain
    assert 'name="ids"' in plain
    assert "Choose Supplier portal, Acme GmbH, production, read, one</span>" in plain
    odd = build.token(
        label="two",
        owner=None,
        state=State.REPLACED,
        replaced_at=NOW,
        health=Health.FAILING,
        last_used_at=NOW - timedelta(hours=3),
        last_used_evidence="headers",
    )
    html = rows_html([row(odd)], NOW, choose=False)
    assert 'name="ids"' not in html
    assert '<span class="meta">nobody</span>' in html
    assert '<span class="meta">replaced</span>' in html
    assert '3 hours ago</time> <span class="meta">call count</span>' in html
    assert f'href="/tokens/{odd.pk}/"' in html
