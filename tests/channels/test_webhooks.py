"""Webhooks: signed, told once, tried again under the same id, given up; secrets stay sealed."""

from __future__ import annotations

import secrets
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug import Request, Response

from coolset_admin.local_keys import new_keyring, public_of
from tests.channels.conftest import AddHook, body_of, compromised_token, fresh
from tests.factories import ACTOR, NOW, make_account, make_token
from tokens.errors import AlreadyKnown, InvalidInput, KeyringError, WrongState
from tokens.models import (
    AuditEvent,
    Channel,
    ChannelSecret,
    Delivery,
    DeliveryStatus,
    Notice,
    NoticeKind,
)
from tokens.notifications.channels import claims, hook
from tokens.policy.channels import OVERLAP, PATIENCE, Way
from tokens.services.channels import change, tell
from tokens.services.channels.add import Wanted, add_channel
from tokens.services.channels.opening import opened
from tokens.services.channels.tell import Told, tell_channels
from tokens.services.deliver import deliver_due
from tokens.services.leaving import set_leaving
from tokens.services.remind import plan_reminders
from tokens.services.rotate_keys import rotate_keys

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _boss() -> None:
    make_account("boss@example.com")


def test_without_channels_nothing_is_queued() -> None:
    compromised_token()
    assert Notice.objects.exists()
    assert not Delivery.objects.exists()
    assert tell_channels(now=NOW) == Told()


def test_one_event_however_many_people_are_told(add_hook: AddHook, httpserver: HTTPServer) -> None:
    make_account("second@example.com")
    add_hook()
    token = compromised_token(label="night run")
    assert Notice.objects.count() == 3
    httpserver.expect_request("/hook", method="POST").respond_with_data("")
    assert tell_channels(now=NOW) == Told(sent=1)
    assert tell_channels(now=NOW) == Told()
    told = body_of(httpserver)
    assert told["type"] == "token.compromised"
    assert told["timestamp"] == "2026-03-02T09:30:00Z"
    assert told["data"]["severity"] == "critical"
    assert told["data"]["url"] == f"http://testserver/tokens/{token.pk}/"
    assert told["data"]["token"] == {
        "id": str(token.pk),
        "company": {"id": str(token.company_id), "name": token.company.name},
        "integration": {"id": str(token.integration_id), "name": token.integration.name},
        "environment": "production",
        "scope": "read",
        "label": "night run",
        "state": "active",
        "flags": ["compromised", "expiring"],
        "due_on": "2026-03-02",
        "days_left": 0,
    }
    sent = httpserver.log[0][0].get_data(as_text=True)
    assert token.hint
    assert token.hint not in sent
    assert "@" not in sent
    (event,) = AuditEvent.objects.filter(kind="channel.told")
    assert str(token.pk) in event.data


def test_the_signature_is_the_specifications_own(add_hook: AddHook, httpserver: HTTPServer) -> None:
    added, now = add_hook(), timezone.now()
    change.ask_for_test(channel=added.channel, actor=ACTOR, now=now)
    httpserver.expect_request("/hook").respond_with_data("")
    tell_channels(now=now)
    request = httpserver.log[0][0]
    data, headers = request.get_data(as_text=True), dict(request.headers)
    assert Webhook(added.secret).verify(data, headers)["type"] == "test"
    with pytest.raises(WebhookVerificationError):
        Webhook(added.secret).verify(data + " ", headers)
    assert request.headers["Content-Type"] == "application/json"


def test_reminders_are_told_by_threshold(add_hook: AddHook, httpserver: HTTPServer) -> None:
    add_hook(topics=("overdue",))
    soon = make_token(issued_at=NOW - timedelta(days=80))
    late = make_token(issued_at=NOW - timedelta(days=100))
    plan_reminders(now=NOW)
    assert Notice.objects.filter(token=soon).exists()
    (waiting,) = Delivery.objects.all()
    assert (waiting.token_id, waiting.topic, waiting.threshold) == (late.pk, "overdue", -7)
    plan_reminders(now=NOW + MINUTE)
    assert Delivery.objects.count() == 1
    httpserver.expect_request("/hook").respond_with_data("")
    assert tell_channels(now=NOW) == Told(sent=1)
    told = body_of(httpserver)["data"]
    assert told["token"]["flags"] == ["overdue"]
    assert told["token"]["days_left"] == -10


def test_a_failure_is_tried_again_later_under_the_same_id(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    added = add_hook()
    compromised_token()
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=202)
    assert tell_channels(now=NOW) == Told(failed=1)
    waiting = Delivery.objects.get()
    assert (waiting.status, waiting.status_code, waiting.last_problem) == ("queued", 503, "status")
    assert fresh(added.channel).failing_since is not None
    assert tell_channels(now=NOW + MINUTE / 2) == Told()
    assert tell_channels(now=NOW + 2 * MINUTE) == Told(sent=1)
    ids = [request.headers["webhook-id"] for request, _ in httpserver.log]
    assert ids == [waiting.message_id] * 2
    stamps = [int(request.headers["webhook-timestamp"]) for request, _ in httpserver.log]
    assert stamps[1] - stamps[0] in {120, 121}
    sent = Delivery.objects.get()
    assert [status for _, status, _ in sent.tries] == [503, 202]
    assert fresh(added.channel).failing_since is None


def test_a_failure_does_not_wait_for_a_clock_that_was_put_back(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    add_hook()
    compromised_token()
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/hook").respond_with_data("", status=202)
    ahead = NOW + timedelta(days=3)
    assert tell_channels(now=ahead) == Told(failed=1)
    assert tell_channels(now=ahead) == Told()
    assert tell_channels(now=NOW) == Told(sent=1)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500])
def test_only_2xx_is_accepted_and_no_redirect_followed(
    add_hook: AddHook, httpserver: HTTPServer, status: int
) -> None:
    add_hook()
    compromised_token()
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/hook").respond_with_data("", status=status, headers=elsewhere)
    assert tell_channels(now=NOW) == Told(failed=1)
    assert [request.path for request, _ in httpserver.log] == ["/hook"]


def test_killed_between_sending_and_recording_it_is_sent_again_with_the_same_id(
    add_hook: AddHook, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_hook()
    compromised_token()
    httpserver.expect_request("/hook").respond_with_data("")

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tokens.services.channels.tell.record", killed)
        with pytest.raises(KeyboardInterrupt):
            tell_channels(now=NOW)
    assert Delivery.objects.get().status == "queued"
    assert tell_channels(now=NOW + MINUTE) == Told()  # its claim holds
    assert tell_channels(now=NOW + claims.CLAIM_FOR + MINUTE) == Told(sent=1)
    ids = {request.headers["webhook-id"] for request, _ in httpserver.log}
    assert len(httpserver.log) == 2
    assert len(ids) == 1
    assert Delivery.objects.get().attempts == 2


def test_one_in_trouble_does_not_keep_others(add_hook: AddHook, httpserver: HTTPServer) -> None:
    add_hook("/bad")
    add_hook("/good")
    compromised_token()
    compromised_token()
    httpserver.expect_request("/bad").respond_with_data("", status=500)
    httpserver.expect_request("/good").respond_with_data("")
    assert tell_channels(now=NOW) == Told(sent=2, failed=1)


def test_what_is_no_longer_true_is_not_told(add_hook: AddHook) -> None:
    add_hook()
    token = compromised_token()
    token.secret.compromise.delete()
    assert tell_channels(now=NOW) == Told(cancelled=1)
    assert Delivery.objects.get().status == DeliveryStatus.CANCELLED.value


def test_given_up_after_days_and_the_channel_is_stopped_and_mailed(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    added, other = add_hook(), add_hook("/other", topics=("channel",))
    compromised_token()
    httpserver.expect_request("/hook").respond_with_data("", status=500)
    for hours in (0, 1, 3, 6):
        assert tell_channels(now=NOW + timedelta(hours=hours)) == Told(failed=1)
    later = NOW + PATIENCE + MINUTE
    assert tell_channels(now=later) == Told(failed=1)
    assert Delivery.objects.get(channel=added.channel).status == "given_up"
    stopped = fresh(added.channel)
    assert not stopped.active
    assert stopped.stopped_at
    assert stopped.stopped_at - later < MINUTE
    assert AuditEvent.objects.filter(kind="channel.stopped").count() == 1
    deliver_due(now=later)
    (letter,) = [each for each in mail.outbox if "stopped" in each.subject]
    assert letter.to == ["boss@example.com"]
    assert f"/notifications/channels/{stopped.pk}/" in letter.body
    assert Delivery.objects.get(channel=other.channel).topic == "channel"
    # Made active again it begins anew.
    change.edit_channel(channel=stopped, wanted=Wanted(stopped.name), actor=ACTOR, now=later)
    assert fresh(stopped).stopped_at is None
    assert fresh(stopped).failing_since is None


def test_gone_is_the_receivers_own_word(add_hook: AddHook, httpserver: HTTPServer) -> None:
    added = add_hook()
    compromised_token()
    httpserver.expect_request("/hook").respond_with_data("", status=410)
    tell_channels(now=NOW)
    assert fresh(added.channel).active is False
    assert Notice.objects.filter(kind=NoticeKind.CHANNEL.value).count() == 1


def test_a_replaced_secret_signs_beside_the_new_one_for_a_day(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    added, now = add_hook(), timezone.now()
    new = change.replace_secret(channel=added.channel, actor=ACTOR, now=now)
    httpserver.expect_request("/hook").respond_with_data("")
    for at in (now, now + OVERLAP):
        change.ask_for_test(channel=added.channel, actor=ACTOR, now=at)
        tell_channels(now=at)
    first, second = [request for request, _ in httpserver.log]
    for secret in (new, added.secret):
        Webhook(secret).verify(first.get_data(as_text=True), dict(first.headers))
    assert len(second.headers["webhook-signature"].split()) == 1
    assert ChannelSecret.objects.filter(channel=added.channel).count() == 2  # address and signing


def test_a_slow_answer_ends_at_the_wall_clock(
    add_hook: AddHook, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drag(_: Request) -> Response:
        time.sleep(0.4)
        return Response("")

    add_hook()
    compromised_token()
    httpserver.expect_request("/hook").respond_with_handler(drag)
    monkeypatch.setattr(hook.post, "__kwdefaults__", {"seconds": 0.1})
    assert tell_channels(now=NOW) == Told(failed=1)
    assert Delivery.objects.get().last_problem == "timeout"
    time.sleep(0.5)  # the server writes it into its log, which is the next test's, too


PRIVATE = [
    "http://example.com/x",
    "https://user:word@example.com/x",
    "https://10.0.0.8/x",
    "https://169.254.169.254/latest",
    "https://[fd00::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[64:ff9b::a9fe:a9fe]/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://127.1/x",
    "https://0177.0.0.1/x",
    "https://127.0.0.1./x",
    "https://192.168.1.1:8443/x",
    "ftp://example.com/x",
    "https://exa mple.com/",
    "https:///x",
    "example.com/x",
    "https://example.com\\@127.0.0.1/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_other_addresses_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_channel(way=Way.WEBHOOK, url=url, wanted=Wanted("x"), actor=ACTOR, now=NOW)
    assert caught.value.field == "url"
    assert "/x" not in caught.value.message
    assert not Channel.objects.exists()


def test_in_production_this_machine_is_no_place_either(settings: Any) -> None:
    settings.PRODUCTION = True
    for url in ("http://127.0.0.1/x", "https://localhost/x", "https://[::1]/x"):
        with pytest.raises(InvalidInput):
            add_channel(way=Way.WEBHOOK, url=url, wanted=Wanted("x"), actor=ACTOR, now=NOW)
    settings.NOTIFY_ALLOW_HOSTS = ["10.0.0.8"]
    wanted = Wanted("x")
    added = add_channel(
        way=Way.WEBHOOK, url="https://10.0.0.8/x", wanted=wanted, actor=ACTOR, now=NOW
    )
    assert added.channel.shown == "https://10.0.0.8"


def test_a_name_that_leads_into_this_machine_is_not_called(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))],
    )
    added = add_channel(
        way=Way.WEBHOOK, url="https://rebound.example/x", wanted=Wanted("x"), actor=ACTOR, now=NOW
    )
    change.ask_for_test(channel=added.channel, actor=ACTOR, now=NOW)
    assert tell_channels(now=NOW) == Told(failed=1)
    assert Delivery.objects.get().last_problem == "address"
    assert "Coolset" not in caplog.text  # that would be an alarm about Coolset's own name


def test_two_swapped_secrets_do_not_open(add_hook: AddHook) -> None:
    one, two = add_hook().channel, add_hook().channel
    first, second = (each.secrets.get(kind="address") for each in (one, two))
    ChannelSecret.objects.filter(pk=first.pk).update(sealed=second.sealed)
    for channel in (one, two):
        change.ask_for_test(channel=channel, actor=ACTOR, now=NOW)
    Channel.objects.filter(pk=two.pk).update(active=False)
    assert tell_channels(now=NOW) == Told(failed=1)
    assert Delivery.objects.get(channel=one).last_problem == "unreadable"


def test_web_can_add_and_never_open(add_hook: AddHook, settings: Any) -> None:
    settings.TOKEN_PUBLIC_KEY = public_of(settings.TOKEN_KEYS)
    settings.VAULT_MAY_OPEN, settings.TOKEN_KEYS = False, ""
    added = add_hook()
    with pytest.raises(KeyringError):
        opened(added.channel, now=NOW)
    change.replace_secret(channel=added.channel, actor=ACTOR, now=NOW)


def test_the_rotation_of_keys_takes_channels_along(add_hook: AddHook, settings: Any) -> None:
    added = add_hook()
    fresh_keys = new_keyring()
    settings.TOKEN_KEYS = f"{fresh_keys},{settings.TOKEN_KEYS}"
    settings.TOKEN_PUBLIC_KEY = public_of(fresh_keys)
    assert rotate_keys(actor=ACTOR, now=NOW).resealed == 2
    settings.TOKEN_KEYS = fresh_keys
    found = opened(added.channel, now=NOW)
    assert found.signing == (added.secret,)
    assert found.address.endswith("/hook")


def test_nothing_is_logged_or_shown_of_address_and_secret(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret_path = secrets.token_hex(12)
    url = f"http://127.0.0.1:9/{secret_path}"  # nobody listens there
    added = add_channel(way=Way.WEBHOOK, url=url, wanted=Wanted("x"), actor=ACTOR, now=NOW)
    compromised_token()
    assert tell_channels(now=NOW) == Told(failed=1)
    printed = caplog.text + "".join(capfd.readouterr())
    facts = " ".join(AuditEvent.objects.values_list("data", flat=True))
    rows = repr(list(Channel.objects.values())) + repr(list(Delivery.objects.values()))
    for text in (printed, facts, rows, repr(added), repr(opened(added.channel, now=NOW))):
        assert secret_path not in text
        assert added.secret[8:] not in text


def test_send_again_queues_what_is_settled(add_hook: AddHook, httpserver: HTTPServer) -> None:
    add_hook()
    compromised_token()
    httpserver.expect_request("/hook").respond_with_data("")
    tell_channels(now=NOW)
    delivery = Delivery.objects.get()
    change.send_again(delivery=delivery, actor=ACTOR, now=NOW)
    with pytest.raises(WrongState):
        change.send_again(delivery=delivery, actor=ACTOR, now=NOW)
    assert tell_channels(now=NOW) == Told(sent=1)
    assert len({request.headers["webhook-id"] for request, _ in httpserver.log}) == 1


def test_a_removed_channel_takes_its_secrets_along(add_hook: AddHook) -> None:
    added = add_hook()
    compromised_token()
    change.remove_channel(channel=added.channel, actor=ACTOR, now=NOW)
    assert not ChannelSecret.objects.exists()
    assert not Delivery.objects.exists()
    assert tell_channels(now=NOW) == Told()


def test_two_of_one_name(add_hook: AddHook) -> None:
    add_hook(name="ops")
    with pytest.raises(AlreadyKnown) as caught:
        add_hook(name="ops")
    assert caught.value.field == "name"


def test_a_run_ends_with_its_budget(
    add_hook: AddHook, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_hook()
    compromised_token()
    monkeypatch.setattr(tell, "RUN_SECONDS", 0.0)
    assert tell_channels(now=NOW) == Told()
    assert httpserver.log == []


def test_what_is_of_no_token_says_where_to_look(add_hook: AddHook, httpserver: HTTPServer) -> None:
    """Whoever leaves is named by the page alone: no address leaves the house."""
    add_hook()
    token = make_token(owner_email="leaver@example.com")
    assert token.owner
    set_leaving(person=token.owner, leaving_on=NOW.date(), left_on=None, actor=ACTOR, now=NOW)
    httpserver.expect_request("/hook").respond_with_data("")
    assert tell_channels(now=NOW) == Told(sent=1)
    told = body_of(httpserver)
    assert told["type"] == "person.leaving"
    assert told["data"]["url"] == f"http://testserver/people/{token.owner.pk}/"
    assert "leaver@" not in httpserver.log[0][0].get_data(as_text=True)


def test_what_cannot_be_written_keeps_nobody_else(
    add_hook: AddHook, httpserver: HTTPServer
) -> None:
    bad = add_hook("/bad", name="a").channel
    add_hook("/good", name="b")
    compromised_token()
    Delivery.objects.filter(channel=bad).update(topic="leaver", token=None, kind="test")
    httpserver.expect_request("/good").respond_with_data("")
    assert tell_channels(now=NOW) == Told(sent=1, failed=1)
    assert Delivery.objects.get(channel=bad).last_problem == "not_written"
