"""A row of the inventory as HTML, put together without the template engine.

A page has a hundred rows of seven components each, and the engine took most of the time
that the page took. The markup is that of the components `tag`, `age`, `day` and `time`;
tests/web/test_row_html.py holds the two equal. Every text is escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tokens.policy.vocabulary import State
from tokens.selectors.facts import Row
from tokens.templatetags.shell import ago, iso, iso_day, utc_day, utc_moment
from tokens.web.charts import age_bar
from tokens.web.words import EVIDENCE_WORDS, Tag, tags

_ADDRESS_OF_ANY = "00000000-0000-0000-0000-000000000000"


def rows_html(rows: Iterable[Row], now: datetime, *, choose: bool) -> SafeString:
    """The rows of one page; `choose`: each with a box to tick."""
    before, _, after = reverse("token", args=[_ADDRESS_OF_ANY]).partition(_ADDRESS_OF_ANY)
    found = (_row(row, now, f"{before}{row.id}{after}", choose=choose) for row in rows)
    return mark_safe("".join(found))  # noqa: S308 - every text in it is escaped below


def _row(row: Row, now: datetime, href: str, *, choose: bool) -> str:
    integration, company = escape(row.integration), escape(row.company)
    label = escape(row.label)
    place = f"{row.environment} · {row.scope}"
    if label:
        place += f" · {label}"
    if row.hint:
        place += f" · <code>{escape(row.hint)}</code>"
    pick = _pick(row, integration, company, label) if choose else ""
    return (
        f"<tr>{pick}"
        f'<td><a href="{href}">{integration}</a><span class="meta">{place}</span></td>'
        f'<td data-label="Company">{company}</td>'
        f'<td data-label="Health"><span class="tags">{_tags(tags(row, now))}</span></td>'
        f'<td data-label="Age">{age_html(row)}</td>'
        f'<td data-label="Due">{_due(row)}</td>'
        f'<td data-label="Last used">{_used(row, now)}</td>'
        f'<td data-label="Owner">{_owner(row.owner_email)}</td></tr>\n'
    )


def _pick(row: Row, integration: str, company: str, label: str) -> str:
    named = f"{integration}, {company}, {row.environment}, {row.scope}"
    if label:
        named += f", {label}"
    return (
        f'<td class="pick"><label class="tick"><input type="checkbox" name="ids" value="{row.id}"'
        f' form="bulk"><span class="unseen">Choose {named}</span></label></td>'
    )


def _tags(found: list[Tag]) -> str:
    return " ".join(tag_html(tag) for tag in found)


def tag_html(tag: Tag) -> str:
    """As <c-tag>."""
    return f'<span class="tag t-{tag.tone}">{escape(tag.words)}</span>'


def age_html(row: Row) -> str:
    """As <c-age>."""
    bar = age_bar(row.age_days, limit=row.rules.rotate_days, warn=row.rules.warn_days)
    least = '<span class="unseen">at least </span><span aria-hidden="true">≥ </span>'
    return (
        f'<span class="age t-{bar.tone}"><svg class="track" viewBox="0 0 100 6"'
        ' preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" height="6"'
        f' rx="1"/><rect class="part" width="{bar.width}" height="6" rx="1"/></svg>'
        f'<span class="num">{least if row.age_is_least else ""}{row.age_days} d</span></span>'
    )


def day_html(on: datetime) -> str:
    """As <c-day>."""
    return f'<time datetime="{iso_day(on)}">{utc_day(on)}</time>'


def time_html(at: datetime, now: datetime) -> str:
    """As <c-time> with the time now."""
    return (
        f'<time datetime="{iso(at)}" title="{utc_moment(at)}" data-local="ago">'
        f"{ago(at, now)}</time>"
    )


def _due(row: Row) -> str:
    if row.state != State.ACTIVE.value:
        return f'<span class="meta">{row.state}</span>'
    return f'<span class="nowrap">{day_html(row.due_at)}</span>'


def _used(row: Row, now: datetime) -> str:
    if row.last_used_at is not None:
        evidence = EVIDENCE_WORDS[row.last_used_evidence]
        when = time_html(row.last_used_at, now)
        return f'<span>{when} <span class="meta">{evidence}</span></span>'
    if row.use_can_be_told:
        return "<span>never seen</span>"
    return '<span class="meta nowrap">cannot tell</span>'


def _owner(email: str) -> str:
    """As far as the @, which is enough among colleagues."""
    if not email:
        return '<span class="meta">nobody</span>'
    name, _, _ = email.partition("@")
    return f'<span class="nowrap" title="{escape(email)}">{escape(name)}</span>'
