"""The command for channels and webhooks."""

import io
import json
import secrets
from typing import Any

import pytest
from django.core.management import call_command
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook

from tests.factories import make_company
from tokens.models import Channel

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
Captured = pytest.CaptureFixture[str]
HEX = secrets.token_hex(12)


def ran(capsys: Captured, *words: str, expect: int = 0) -> dict[str, Any]:
    if expect:
        with pytest.raises(SystemExit, match=str(expect)):
            call_command("channel", "--json", *words)
    else:
        call_command("channel", "--json", *words)
    printed = capsys.readouterr()
    assert HEX not in printed.out + printed.err
    answer: dict[str, Any] = json.loads(printed.out.splitlines()[-1])
    return answer


def given(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{address}\n"))


def test_add_try_list_remove(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    make_company("Acme GmbH")
    given(monkeypatch, httpserver.url_for(f"/{HEX}"))
    words = ("--webhook", "--topic", "overdue", "--company", "Acme GmbH")
    made = ran(capsys, "add", "SIEM", *words)
    assert made["topics"] == ["overdue"]
    httpserver.expect_request(f"/{HEX}").respond_with_data("", status=202)
    assert ran(capsys, "test", "SIEM") == {"accepted": True, "status": 202, "problem": ""}
    request = httpserver.log[-1][0]
    Webhook(made["secret"]).verify(request.get_data(as_text=True), dict(request.headers))
    (listed,) = ran(capsys, "list")["channels"]
    assert listed["id"] == made["id"]
    assert "secret" not in listed
    assert ran(capsys, "remove", "SIEM") == {"removed": "SIEM"}
    assert not Channel.objects.exists()


def test_what_was_not_accepted_ends_with_1(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, f"http://127.0.0.1:9/{HEX}")
    ran(capsys, "add", "SIEM", "--webhook")
    answer = ran(capsys, "test", "SIEM", expect=1)
    assert answer == {
        "accepted": False,
        "status": None,
        "problem": "the connection was refused",
    }


@pytest.mark.parametrize(
    ("address", "words", "field"),
    [
        (f"http://example.com/{HEX}", ("add", "x", "--webhook"), "url"),
        (f"file:///{HEX}", ("add", "x"), "url"),
        (f"https://example.com/{HEX}", ("add", "x", "--webhook", "--company", "y"), "--company"),
        ("", ("test", "nothing"), "NAME"),
    ],
)
def test_bad_input_ends_with_2_and_repeats_nothing(
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    words: tuple[str, ...],
    field: str,
) -> None:
    given(monkeypatch, address)
    assert ran(capsys, *words, expect=2)["field"] == field
    assert not Channel.objects.exists()
