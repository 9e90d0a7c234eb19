"""On a token's page: who uses it, and the days on which it was seen in use."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_token
from tests.web.test_queries import queries
from tests.web.test_token_page import text
from tokens.models import Sighting, Token, Usage
from tokens.policy.days import utc_day
from tokens.policy.usage import HourMap
from tokens.policy.usage_days import DayMap
from tokens.services.report_usage import report_usage
from tokens.services.usage_keys import create_usage_key
from tokens.web.token_use import SHOWN

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> Token:
    return make_token(now=timezone.now(), issued_at=timezone.now() - timedelta(days=100))


def report(token: Token, *, days: float = 0, **who: str) -> None:
    now = timezone.now()
    key, _ = create_usage_key(integration=token.integration, actor=ACTOR, now=now)
    report_usage(token=token, key=key, seen_at=now - timedelta(days), now=now, **who)


def test_nobody_named_says_what_would_name_somebody(
    as_administrator: Client, as_auditor: Client, token: Token
) -> None:
    page = text(as_administrator, token)
    assert "Who uses this token" in page
    assert "Nobody is named yet." in page
    assert 'href="/usage/import/"' in page
    assert 'href="/usage/import/"' not in text(as_auditor, token)
    report(token)
    assert "Its use was seen, but no source said by whom." in text(as_auditor, token)


def test_who_uses_it_stands_with_source_and_how_often(as_auditor: Client, token: Token) -> None:
    report(token, days=3, address="192.0.2.7", user_agent="<script>alert(1)</script>")
    report(token, days=1, address="192.0.2.7", user_agent="<script>alert(1)</script>")
    report(token, address="erp-1.acme.example")
    page = text(as_auditor, token)
    assert page.index("erp-1.acme.example") < page.index("192.0.2.7")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert '<td class="num" data-label="Times"><span>2</span></td>' in page
    assert "user agent not named" in page
    assert "Nobody is named yet." not in page


def test_many_stand_behind_a_click_in_as_many_queries(as_auditor: Client, token: Token) -> None:
    report(token)
    as_auditor.get(f"/tokens/{token.pk}/")  # what every page keeps is kept from here on
    few = queries(as_auditor, f"/tokens/{token.pk}/")
    usage, now = Usage.objects.get(), timezone.now()
    for n in range(SHOWN + 2):
        seen = now - timedelta(days=n)
        address = f"192.0.2.{n + 1}"
        Sighting.objects.create(usage=usage, address=address, first_seen_at=seen, last_seen_at=seen)
    Sighting.objects.create(usage=usage, folded=12, count=40, first_seen_at=now, last_seen_at=now)
    page = text(as_auditor, token)
    assert "3 more, not seen for longer" in page
    assert "12 older ones, no longer told apart" in page
    assert page.index("12 older ones") > page.index(f"192.0.2.{SHOWN + 2}")
    assert queries(as_auditor, f"/tokens/{token.pk}/") == few <= 16


def test_days_nobody_looked_at_are_told_apart(as_auditor: Client, token: Token) -> None:
    now = timezone.now()
    hours = HourMap().mark(now - timedelta(days=2), seen=True).mark(now, seen=False)
    days = DayMap().mark(utc_day(now - timedelta(days=60)), seen=True)
    usage = Usage(
        secret=token.secret, source="headers", first_seen_at=now - timedelta(days=60),
        last_seen_at=now - timedelta(days=2),
    )  # fmt: skip
    usage.keep(hours, days)
    usage.save()
    page = text(as_auditor, token)
    assert "30 days · seen in 1 of 2 hours looked at, of 720" in page
    assert "Seen on 2 of 3 days looked at, of 90." in page
    yesterday = now - timedelta(days=1)
    assert f"{yesterday.day} {yesterday:%b}: not looked at" in page


def test_reports_alone_never_say_that_somebody_looked(as_auditor: Client, token: Token) -> None:
    report(token)
    page = text(as_auditor, token)
    assert "seen in 1 hour; nobody looked at the others" in page
    assert "have not shown how many calls are left" in page
