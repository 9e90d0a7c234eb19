"""Messages through apprise: a closed list of services, a process of its own, one for all."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tests.channels.conftest import compromised_token
from tests.factories import ACTOR, NOW, make_account
from tokens.errors import InvalidInput
from tokens.models import AuditEvent, Channel, Delivery
from tokens.notifications.channels import calling
from tokens.notifications.channels.answers import Answer
from tokens.notifications.channels.calling import Message, Place, send
from tokens.notifications.channels.schemes import SERVICES, scheme_of
from tokens.notifications.channels.words import plain
from tokens.policy.channels import Way
from tokens.services.channels.add import Added, Wanted, add_channel
from tokens.services.channels.change import ask_for_test
from tokens.services.channels.tell import Told, tell_channels

pytestmark = [pytest.mark.enable_socket]
HEX = secrets.token_hex(12)


def added(url: str, **wanted: Any) -> Added:
    return add_channel(
        way=Way.MESSAGE, url=url, wanted=Wanted("ops", **wanted), actor=ACTOR, now=NOW
    )


def here(httpserver: HTTPServer, path: str = "/in") -> str:
    return f"json://127.0.0.1:{httpserver.port}{path}"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "syslog://",
        "dbus://",
        "windows://",
        "exec://x",
        "mailto://user:word@example.com",
        "smtp://example.com",
        "apprise://example.com/x",
        "xml://example.com",
        "mqtt://example.com",
        "slack://A/B/C?template=/etc/passwd",
        "jsons://example.com/?verify=no",
        "jsons://example.com/?cto=900",
        "jsons://example.com/?redirect=yes",
        "jsons://example.com/?+Authorization=x",
        "nothing",
        "slack://",
        "SLACK://A/B/C",
        " slack://A/B/C",
        "slack://A/B C",
        "slack://" + "A" * 3000,
    ],
)
def test_everything_else_is_refused_before_apprise_sees_it(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        scheme_of(url)
    assert caught.value.field == "url"
    assert "passwd" not in caught.value.message


NATIVE = {
    f"slack://T1JJ3T3L2/A1BRTD4JD/{HEX}": "slack://…",
    f"https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/{HEX}": "slack://…",
    f"https://discord.com/api/webhooks/417421629812345678/{HEX}": "discord://…",
    f"mmosts://chat.example.com/{HEX}": "mmosts://chat.example.com",
    f"ntfys://topic-{HEX}": "ntfys://…",
}


@pytest.mark.parametrize("url", list(NATIVE))
def test_only_what_is_no_secret_is_shown(url: str) -> None:
    assert calling.read_address(Place(url)) == NATIVE[url]


@pytest.mark.parametrize(
    "url",
    [
        f"https://example.com/{HEX}",  # no service's own address
        f"mmost://chat.example.com/{HEX}",  # without TLS
        f"jsons://10.0.0.8/{HEX}",
        f"json://127.0.0.1/{HEX}",  # this machine, in production
    ],
)
def test_what_the_courier_refuses(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        calling.read_address(Place(url))
    assert HEX not in caught.value.message
    if "example.com" not in url or url.startswith("mmost"):
        assert send(Place(url), Message("a", "b")).problem == "address"


def test_every_service_is_one_of_apprises() -> None:
    words = ",".join(SERVICES)
    code = f"import apprise.manager_plugins as m; n = m.NotificationManager(); [n[w] for w in '{words}'.split(',')]"  # noqa: E501
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_our_processes_do_without_apprise() -> None:
    """It may log, read files and use proxies: it is loaded where it can do no harm."""
    code = (
        "import os, sys, django; django.setup(); import tokens.tasks, tokens.web.urls, "
        "tokens.api.urls; sys.exit('apprise' in sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "coolset_admin.settings.test"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, Answer("", 200)), (302, Answer("status", 302)), (503, Answer("status", 503))],
)
def test_what_the_service_answers(httpserver: HTTPServer, status: int, answer: Answer) -> None:
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/in").respond_with_data("", status=status, headers=elsewhere)
    place = Place(here(httpserver), production=False)
    assert send(place, Message("title", "body")) == answer
    assert [request.path for request, _ in httpserver.log] == ["/in"]


def test_nobody_listens() -> None:
    place = Place("json://127.0.0.1:9/x", production=False)
    assert send(place, Message("a", "b")) == Answer("refused")


def test_no_proxy_and_no_key_of_ours_reaches_it(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("TOKEN_KEYS", "a:b")
    assert not {"TOKEN_KEYS", "http_proxy"} & set(calling._environment())
    httpserver.expect_request("/in").respond_with_data("")
    assert send(Place(here(httpserver), production=False), Message("a", "b")).accepted


def test_a_courier_that_hangs_is_ended(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "PROCESS_SECONDS", 0.05)
    assert send(Place(here(httpserver), production=False), Message("a", "b")).problem == "timeout"


def test_a_courier_that_fails_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    assert send(Place("json://127.0.0.1/x"), Message("a", "b")).problem == "courier"


@pytest.mark.django_db
def test_all_that_waits_is_one_message(httpserver: HTTPServer) -> None:
    make_account("boss@example.com")
    url = here(httpserver, f"/{HEX}")
    channel = added(url).channel
    assert channel.shown == "json://127.0.0.1"
    tokens = [compromised_token() for _ in range(3)]
    httpserver.expect_request(f"/{HEX}").respond_with_handler(lambda _: Response(""))
    assert tell_channels(now=NOW) == Told(sent=3)
    ((request, _),) = httpserver.log
    told = json.loads(request.get_data())
    assert told["title"] == "Compromised: 3"
    for token in tokens:
        assert f"http://testserver/tokens/{token.pk}/" in told["message"]
        assert token.hint not in told["message"]
    assert "due on 2 March 2026 UTC" in told["message"]
    assert "public repository" not in told["message"]
    (event,) = AuditEvent.objects.filter(kind="channel.told")
    assert HEX not in event.data
    assert HEX not in repr(list(Channel.objects.values()))


@pytest.mark.django_db
def test_names_mean_nothing_to_a_chat(httpserver: HTTPServer) -> None:
    make_account("boss@example.com")
    added(here(httpserver))
    compromised_token(integration_name="<!channel> @here [x](https://evil.example)")
    httpserver.expect_request("/in").respond_with_data("")
    assert tell_channels(now=NOW) == Told(sent=1)
    sent = httpserver.log[0][0].get_data(as_text=True)
    assert "<!channel>" not in sent
    assert "@here" not in sent
    assert "[x](" not in sent
    assert plain("Møller & Søn") == "Møller & Søn"


@pytest.mark.django_db
def test_a_test_message_and_its_result(httpserver: HTTPServer) -> None:
    channel = added(here(httpserver)).channel
    ask_for_test(channel=channel, actor=ACTOR, now=NOW)
    httpserver.expect_request("/in").respond_with_data("", status=404)
    assert tell_channels(now=NOW) == Told(failed=1)
    delivery = Delivery.objects.get()
    assert (delivery.last_problem, delivery.status_code) == ("status", 404)


@pytest.mark.django_db
def test_a_place_and_a_severity_narrow_it(httpserver: HTTPServer) -> None:
    make_account("boss@example.com")
    one, two = compromised_token(), compromised_token()
    Delivery.objects.all().delete()
    added(here(httpserver), company=one.company, at_least="critical")
    three = compromised_token(company=one.company)
    compromised_token(company=two.company)
    assert [each.token_id for each in Delivery.objects.all()] == [three.pk]


def test_what_is_too_long_for_a_chat_goes_in_parts() -> None:
    """A chat that takes 2,000 characters would refuse a longer message for ever."""
    job = {"url": f"https://discord.com/api/webhooks/417421629812345678/{HEX}"}
    code = (
        "import json, sys; from tokens.notifications.channels.courier import instantiate; "
        "plugin = instantiate(json.load(sys.stdin)); "
        "print(len(plugin._apply_overflow(body='x ' * 1500, title='t')), plugin.body_maxlen)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(job).encode(), capture_output=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.split() == [b"2", b"2000"]
