"""The dead-man's switch: which addresses, what counts as reached, and that it stays a secret."""

from __future__ import annotations

import secrets
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.factories import NOW, make_token
from tokens import tasks
from tokens.errors import KeyringError
from tokens.models import Pulse, Secret
from tokens.notifications.deadman import ping
from tokens.notifications.deadman_address import DeadmanError, check_url
from tokens.services.ping_deadman import EVERY, ping_deadman

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("https://hc-ping.com/0b4e", False),
        ("https://ping.example.com:8443/a/b?x=1", False),
        ("https://10.0.0.9/x", False),
        ("http://127.0.0.1:8000/ping", True),
        ("http://localhost/ping", True),
        ("https://[::1]/ping", True),
    ],
)
def test_https_or_this_machine(url: str, loopback: bool) -> None:
    assert check_url(url) is loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://hc-ping.com/0b4e",
        "https://user:word@hc-ping.com/0b4e",
        "https:///0b4e",
        "ftp://localhost/x",
        "file:///etc/passwd",
        "hc-ping.com/0b4e",
        "https://hc-ping.com/0b 4e",
        "https://hc-ping.com/\n0b4e",
        "https://hc-ping.com:99999/",
        "https://[::1/",
        "http://127.0.0.1.example.com/",
    ],
)
def test_other_addresses_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(DeadmanError) as caught:
        check_url(url)
    assert url not in str(caught.value)
    assert "0b4e" not in str(caught.value)


def test_the_start_up_check_names_the_setting(settings: Any) -> None:
    settings.DEADMAN_URL = "http://hc-ping.com/0b4e"
    (found,) = [each for each in run_checks() if each.id == "tokens.E004"]
    assert "0b4e" not in str(found)


@pytest.fixture
def path(settings: Any, httpserver: HTTPServer) -> str:
    """The secret path of a switch on this machine."""
    path = "/" + secrets.token_hex(8)
    settings.DEADMAN_URL = httpserver.url_for(path)
    return path


pytestmark = pytest.mark.enable_socket


def test_a_good_answer_reaches(path: str, httpserver: HTTPServer, settings: Any) -> None:
    httpserver.expect_oneshot_request(path, method="GET").respond_with_data("OK", status=200)
    assert ping(settings.DEADMAN_URL) == ""
    assert "Cookie" not in httpserver.log[0][0].headers


@pytest.mark.parametrize("status", [301, 302, 404, 410, 429, 500, 503])
def test_only_a_good_answer_counts(
    path: str, httpserver: HTTPServer, settings: Any, status: int
) -> None:
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request(path).respond_with_data("", status=status, headers=elsewhere)
    assert ping(settings.DEADMAN_URL) == f"status {status}"
    assert [request.path for request, _ in httpserver.log] == [path]


def test_no_proxy_of_the_environment(
    path: str, httpserver: HTTPServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    httpserver.expect_request(path).respond_with_data("OK")
    assert ping(settings.DEADMAN_URL) == ""


def test_a_slow_answer_ends_at_the_wall_clock(
    path: str, httpserver: HTTPServer, settings: Any
) -> None:
    def drag(_: Request) -> Response:
        time.sleep(1.5)
        return Response("OK")

    httpserver.expect_request(path).respond_with_handler(drag)
    begun = time.monotonic()
    assert ping(settings.DEADMAN_URL, seconds=0.2) == "timeout"
    assert time.monotonic() - begun < 1.2


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.django_db
def test_a_failed_ping_is_logged_without_its_address_and_is_no_error(
    settings: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret = secrets.token_hex(8)
    settings.DEADMAN_URL = f"http://127.0.0.1:{free_port()}/{secret}"
    assert ping_deadman(now=NOW) is False
    printed = caplog.text + "".join(capfd.readouterr())
    assert "deadman.not_reached" in printed
    assert secret not in printed
    assert list(Pulse.objects.values_list("name", flat=True)) == ["deadman_tried"]


@pytest.mark.django_db
def test_a_wrong_address_is_no_error_either(settings: Any) -> None:
    settings.DEADMAN_URL = "http://hc-ping.com/0b4e"
    assert ping_deadman(now=NOW) is False


@pytest.mark.django_db
def test_one_ping_a_minute_whoever_calls(path: str, httpserver: HTTPServer) -> None:
    httpserver.expect_request(path).respond_with_data("OK")
    assert ping_deadman(now=NOW) is True
    assert ping_deadman(now=NOW) is None
    assert ping_deadman(now=NOW + EVERY - timedelta(seconds=1)) is None
    assert ping_deadman(now=NOW + MINUTE) is True
    assert ping_deadman(now=NOW - MINUTE) is True  # the clock was set back
    assert len(httpserver.log) == 3
    assert dict(Pulse.objects.values_list("name", "at")) == {
        "deadman": NOW - MINUTE,
        "deadman_tried": NOW - MINUTE,
    }


@pytest.mark.django_db
def test_without_an_address_nothing_is_done() -> None:
    assert ping_deadman(now=NOW) is None
    assert not Pulse.objects.exists()


@pytest.mark.django_db
def test_a_sweep_pings_only_where_it_went_well(
    path: str, httpserver: HTTPServer, settings: Any
) -> None:
    httpserver.expect_request(path).respond_with_data("OK")
    make_token()
    settings.TOKEN_KEYS = ""
    with pytest.raises(KeyringError):
        tasks.sweep()
    assert httpserver.log == []
    Secret.objects.update(next_check_at=None)
    tasks.sweep()
    assert len(httpserver.log) == 1
