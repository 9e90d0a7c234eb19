"""Importing a log of use by upload: tried first, recorded on a word, and never on the disk."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.factories import make_token, token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Secret, Sighting, Token, Usage
from tokens.services.usage_import import COLUMNS, import_usage
from tokens.web import uploads, usage_forms, usage_import

pytestmark = pytest.mark.django_db
WHERE = "/usage/import/"


@pytest.fixture
def value() -> str:
    return token_value()


@pytest.fixture
def token(value: str) -> Token:
    return make_token(value=value, now=timezone.now() - timedelta(days=40))


def at(**ago: float) -> str:
    return (timezone.now() - timedelta(**ago)).isoformat()


def table(*rows: str) -> str:
    return "\n".join(("time,token,address,user_agent", *rows)) + "\n"


def upload(client: Client, content: str, name: str = "gateway.csv", **data: str) -> Any:
    file = SimpleUploadedFile(name, content.encode())
    return client.post(WHERE, {"file": file, **data})


def nothing_is_kept() -> bool:
    kept = Usage.objects.exists() or Sighting.objects.exists()
    return not kept and not AuditEvent.objects.filter(kind=Event.USAGE_IMPORTED.value).exists()


def test_a_try_records_nothing_and_says_what_would_be(
    as_administrator: Client, token: Token, value: str
) -> None:
    log = table(f"{at(hours=2)},{value},192.0.2.7,curl/8.5.0", f"{at(hours=1)},{value},,")
    answer = upload(as_administrator, log, source="gateway")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "It holds 2 uses of 1 token" in page
    assert "names 1 different caller" in page
    assert 'value="gateway"' in page
    assert value not in page
    assert nothing_is_kept()


def test_the_word_records_all_of_it(as_administrator: Client, token: Token, value: str) -> None:
    log = table(f"{at(hours=2)},{value},192.0.2.7,curl/8.5.0")
    answer = upload(as_administrator, log, source="gateway", confirm="yes")
    assert answer["Location"] == WHERE
    assert "1 line recorded, 1 token seen in use." in as_administrator.get(WHERE).content.decode()
    assert Sighting.objects.get().address == "192.0.2.7"
    entry = AuditEvent.objects.get(kind=Event.USAGE_IMPORTED.value)
    assert (entry.subject_name, entry.actor_kind) == ("gateway", "account")


def test_json_lines_go_by_the_name_or_by_the_word(
    as_administrator: Client, token: Token, value: str
) -> None:
    line = json.dumps({"time": at(hours=1), "token": value})
    assert upload(as_administrator, line, "gateway.JSONL").status_code == 200
    assert upload(as_administrator, line, "gateway.log").status_code == 400
    assert upload(as_administrator, line, "gateway.log", form="jsonl").status_code == 200


def test_every_bad_line_is_named_by_column_and_reason(
    as_administrator: Client, token: Token, value: str
) -> None:
    stranger = token_value()
    log = table(
        f"{at(hours=1)},{value},,",
        f"yesterday,{value},,",
        f"{at(hours=1)},{value},{value},",
        f"{at(hours=1)},{value},,{stranger}",
        f"{at(hours=1)},{stranger},,",
    )
    answer = upload(as_administrator, log, confirm="yes")
    page = answer.content.decode()
    assert answer.status_code == 400
    found = [(error.line, error.column) for error in answer.context["refused"].errors]
    assert found == [(3, "time"), (4, "address"), (5, "user_agent"), (6, "")]
    assert "is not an ISO 8601 date or date-time" in page
    assert value not in page
    assert stranger not in page
    assert nothing_is_kept()


def test_unknown_tokens_are_left_out_on_a_tick(
    as_administrator: Client, token: Token, value: str
) -> None:
    log = table(f"{at(hours=1)},{value},,", f"{at(hours=1)},{token_value()},,")
    page = upload(as_administrator, log, skip_unknown="on").content.decode()
    assert "1 line would be left out" in page


def test_silence_counts_for_days_that_are_whole(
    as_administrator: Client, token: Token, value: str
) -> None:
    today = timezone.now().date()
    days = {"since": str(today - timedelta(days=31)), "until": str(today - timedelta(days=1))}
    log = table(f"{at(days=3)},{value},,")
    assert upload(as_administrator, log, **days).status_code == 400
    assert upload(as_administrator, log, of="Nobody knows it", **days).status_code == 400
    ahead = days | {"until": str(today + timedelta(days=1))}
    refused = upload(as_administrator, log, of="*", **ahead)
    assert "Lies in the future." in refused.content.decode()
    assert nothing_is_kept()
    done = upload(as_administrator, log, of=token.integration.name, confirm="yes", **days)
    assert done.status_code == 302
    until = Secret.objects.get().logs_cover_until
    assert until is not None
    assert until.date() == today
    ending_now = days | {"until": str(today)}
    assert upload(as_administrator, log, of="*", confirm="yes", **ending_now).status_code == 302


def test_a_token_in_the_wrong_field_is_not_shown_again(
    as_administrator: Client, token: Token, value: str
) -> None:
    answer = upload(as_administrator, table(f"{at(hours=1)},{value},,"), source=value)
    assert answer.status_code == 400
    assert value not in answer.content.decode()


def test_no_file_and_a_large_file_are_refused(
    as_administrator: Client, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert as_administrator.post(WHERE).status_code == 400
    for module in (uploads, usage_forms):
        monkeypatch.setattr(module, "LARGEST", 500)
    answer = upload(as_administrator, table(*(f"{at(hours=1)},{value},," for _ in range(20))))
    assert answer.status_code == 400
    assert "larger than 10 MB" in answer.content.decode()


def test_an_upload_never_touches_the_disk(
    as_administrator: Client,
    token: Token,
    value: str,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    seen: list[list[Path]] = []

    def look(**options: Any) -> Any:
        seen.append(list(tmp_path.iterdir()))
        return import_usage(**options)

    monkeypatch.setattr(usage_import, "import_usage", look)
    content = table(f"{at(hours=1)},{value},,") + "\n" * 4_000_000
    assert upload(as_administrator, content).status_code == 200
    assert seen == [[]]


def test_the_template_has_every_column_and_no_line(as_administrator: Client) -> None:
    answer = as_administrator.get(f"{WHERE}template.csv")
    assert answer.content.decode() == ",".join(COLUMNS) + "\r\n"
    assert "attachment" in answer["Content-Disposition"]


def test_an_auditor_may_not(as_auditor: Client, token: Token, value: str) -> None:
    log = table(f"{at(hours=1)},{value},,")
    assert as_auditor.get(WHERE).status_code == 403
    assert as_auditor.get(f"{WHERE}template.csv").status_code == 403
    assert upload(as_auditor, log, confirm="yes").status_code == 403
    assert nothing_is_kept()
