"""Several workers at the same time tell what one would."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from tests.channels.conftest import AddHook, compromised_token
from tests.factories import NOW, make_account
from tests.notifications.test_together import at_once
from tokens.models import AuditEvent, Channel, Delivery
from tokens.services.channels.tell import tell_channels

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("audit_triggers_dropped"),
    pytest.mark.enable_socket,
]


def test_five_workers_at_once_send_each_event_once(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    make_account("boss@example.com")
    for path in ("/a", "/b"):
        add_hook(path)
    for _ in range(6):
        compromised_token()
    for path in ("/a", "/b"):
        httpserver.expect_request(path).respond_with_data("")
    at_once(5, lambda: tell_channels(now=NOW))
    ids = [request.headers["webhook-id"] for request, _ in httpserver.log]
    assert len(ids) == len(set(ids)) == 12
    assert set(Delivery.objects.values_list("status", "attempts")) == {("sent", 1)}
    assert AuditEvent.objects.filter(kind="channel.told").count() == 12


def test_two_that_are_stopped_at_once_do_not_wait_for_each_other(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    make_account("boss@example.com")
    for path in ("/a", "/b", "/c"):
        add_hook(path)
        httpserver.expect_request(path).respond_with_data("", status=410)
    compromised_token()
    at_once(3, lambda: tell_channels(now=NOW))
    tell_channels(now=NOW + timedelta(minutes=2))
    assert not Channel.objects.filter(active=True).exists()
    assert AuditEvent.objects.filter(kind="channel.stopped").count() == 3
