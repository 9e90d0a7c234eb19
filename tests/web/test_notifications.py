"""Notifications: the ways out, channels and webhooks with their log; addresses are never shown."""

from __future__ import annotations

import html
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, make_company, make_token
from tokens.models import AuditEvent, Channel, Delivery
from tokens.notifications.channels.answers import Answer
from tokens.notifications.channels.fan_out import fan_out
from tokens.policy.channels import Way
from tokens.services.channels.add import Wanted, add_channel
from tokens.services.channels.change import ask_for_test
from tokens.services.channels.record import record

pytestmark = pytest.mark.django_db
HEX = secrets.token_hex(12)
HOOK = f"https://hooks.example.com/{HEX}"
LONG_AGO = datetime(2025, 11, 1, tzinfo=UTC)
FORM = {"name": "ops", "at_least": "notice", "active": "on"}


@pytest.fixture
def hook() -> Channel:
    wanted = Wanted("SIEM", topics=("overdue",))
    return add_channel(
        way=Way.WEBHOOK, url=HOOK, wanted=wanted, actor=ACTOR, now=timezone.now()
    ).channel


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_the_first_page_leads_everywhere(as_auditor: Client, hook: Channel) -> None:
    text = page(as_auditor, "/notifications/")
    for path in ("/outbox/", "/notifications/channels/", "/notifications/webhooks/"):
        assert f'href="{path}"' in text
    assert 'href="/notifications/calendar/"' in text
    assert 'href="/notifications/" aria-current="page"' in text
    assert "No reminder or alert was due" in text


def test_a_webhook_is_added_and_its_secret_shown_once(as_administrator: Client) -> None:
    company = make_company("Acme GmbH")
    sent = FORM | {"url": HOOK, "topics": ["overdue", "failing"], "company": str(company.pk)}
    answer = as_administrator.post("/notifications/webhooks/new/", sent)
    text = html.unescape(answer.content.decode())
    found = re.search(r'value="(whsec_[^"]+)"', text)
    assert found
    assert HEX not in text
    channel = Channel.objects.get()
    assert (channel.shown, channel.topics) == ("https://hooks.example.com", ["overdue", "failing"])
    for path in (f"/notifications/channels/{channel.pk}/", "/notifications/webhooks/"):
        later = page(as_administrator, path)
        assert found[1] not in later
        assert HEX not in later
        assert "https://hooks.example.com" in later
    assert "Acme GmbH" in later
    trail = " ".join(AuditEvent.objects.values_list("data", flat=True))
    assert HEX not in trail
    assert found[1] not in trail


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/notifications/webhooks/new/", f"http://hooks.example.com/{HEX}"),
        ("/notifications/webhooks/new/", f"https://10.0.0.1/{HEX}"),
        ("/notifications/channels/new/", f"file:///{HEX}"),
        ("/notifications/channels/new/", f"mailto://a:{HEX}@example.com"),
    ],
)
def test_a_refused_address_is_named_and_not_repeated(
    as_administrator: Client, path: str, url: str
) -> None:
    answer = as_administrator.post(path, FORM | {"url": url})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert 'href="#id_url"' in text
    assert HEX not in text
    assert 'value="ops"' in text  # the rest is kept
    assert not Channel.objects.exists()


def test_an_address_in_the_name_is_refused(as_administrator: Client) -> None:
    sent = FORM | {"url": HOOK, "name": HOOK}
    answer = as_administrator.post("/notifications/webhooks/new/", sent)
    assert answer.status_code == 400
    assert 'href="#id_name"' in answer.content.decode()
    assert HEX not in answer.content.decode()
    assert not Channel.objects.exists()


def test_change_replace_remove(as_administrator: Client, hook: Channel) -> None:
    path = f"/notifications/channels/{hook.pk}/edit/"
    assert 'value="SIEM"' in page(as_administrator, path)
    sent = {"name": "SIEM 2", "at_least": "critical", "step": "save"}
    assert as_administrator.post(path, sent).status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.at_least, hook.active, hook.topics) == ("SIEM 2", "critical", False, [])
    answer = as_administrator.post(path, {"step": "secret"}).content.decode()
    assert re.search(r'value="whsec_', answer)
    assert as_administrator.post(path, {"step": "remove"}).status_code == 302
    assert not Channel.objects.exists()
    kinds = list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["channel.edited", "channel.secret_replaced", "channel.removed"]


def test_the_log_says_what_came_of_it(as_administrator: Client, hook: Channel) -> None:
    token, now = make_token(issued_at=LONG_AGO), timezone.now()
    fan_out("reminder", [(token.pk, token.due_at.date().isoformat(), -7)], now=now)
    path = f"/notifications/channels/{hook.pk}/"
    text = page(as_administrator, path)
    assert "Waiting" in text
    assert 'hx-trigger="every 3s"' in text
    Delivery.objects.update(begun_at=now - timedelta(minutes=3))
    assert "hx-trigger" not in page(as_administrator, path)  # nobody waits at the page for ever
    record(hook, list(Delivery.objects.all()), Answer("status", 503), now=now)
    text = page(as_administrator, path)
    assert "it answered with an error (503)" in text
    assert f'href="/tokens/{token.pk}/"' in text
    assert "Failing" in text
    record(hook, list(Delivery.objects.all()), Answer("", 204), now=now)
    text = page(as_administrator, path)
    assert "Accepted" in text
    assert "2 attempts" in text
    assert "hx-trigger" not in text
    again = f"/notifications/deliveries/{Delivery.objects.get().pk}/again/"
    assert again in text
    assert as_administrator.post(again).status_code == 302
    assert Delivery.objects.get().status == "queued"


def test_a_test_message_is_queued(as_administrator: Client, hook: Channel) -> None:
    path = f"/notifications/channels/{hook.pk}/"
    assert as_administrator.post(f"{path}test/").status_code == 302
    assert Delivery.objects.get().kind == "test"
    assert "Test message" in page(as_administrator, path)
    Channel.objects.update(active=False)
    as_administrator.post(f"{path}test/")
    assert Delivery.objects.count() == 1


def test_an_auditor_looks_and_does_nothing(as_auditor: Client, hook: Channel) -> None:
    ask_for_test(channel=hook, actor=ACTOR, now=timezone.now())
    text = page(as_auditor, f"/notifications/channels/{hook.pk}/")
    assert "<form" not in text.split("<main")[1]
    for path in ("test/", "edit/"):
        url = f"/notifications/channels/{hook.pk}/{path}"
        assert as_auditor.post(url, FORM).status_code == 403


def test_queries_do_not_grow(
    as_administrator: Client, hook: Channel, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        token = make_token(issued_at=LONG_AGO)
        fan_out("reminder", [(token.pk, "2026-01-01", -7)], now=timezone.now())
    for path in (
        "/notifications/",
        "/notifications/webhooks/",
        f"/notifications/channels/{hook.pk}/",
    ):
        with django_assert_max_num_queries(11):
            page(as_administrator, path)
