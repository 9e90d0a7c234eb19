"""Logs of use: which token a row is of, what it proves, and what silence in it counts for."""

import csv
import io
import json
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.factories import ACTOR, NOW, make_integration, make_token, token_value
from tokens.errors import InvalidInput
from tokens.keys import fingerprint_key
from tokens.models import AuditEvent, Secret, Token, Usage
from tokens.policy.usage import HourMap
from tokens.services.usage_import import (
    Covered,
    ImportRefused,
    RowError,
    UsageImported,
    import_usage,
    read_file,
)
from tokens.vault.fingerprints import fingerprint

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Row = dict[str, str]


def as_csv(rows: Sequence[Row]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_jsonl(rows: Sequence[Row]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def take(
    rows: Sequence[Row] | bytes,
    *,
    covered: Covered | None = None,
    skip_unknown: bool = False,
    now: datetime = NOW,
    form: str = "",
) -> UsageImported:
    data = rows if isinstance(rows, bytes) else as_jsonl(rows)
    form = form or ("csv" if data.startswith(b"time") else "jsonl")
    sightings, errors = read_file(data, form, now=now)  # type: ignore[arg-type]  # one of both
    return import_usage(
        sightings=sightings,
        errors=errors,
        source="gateway",
        covered=covered,
        skip_unknown=skip_unknown,
        actor=ACTOR,
        now=now,
    )


def refused(rows: Sequence[Row] | bytes, **options: bool) -> list[RowError]:
    with pytest.raises(ImportRefused) as caught:
        take(rows, **options)  # type: ignore[arg-type]  # skip_unknown alone
    assert not Usage.objects.exists()
    assert not AuditEvent.objects.filter(kind="usage.imported").exists()
    return caught.value.errors


@pytest.mark.parametrize("write", [as_csv, as_jsonl])
def test_a_token_in_a_log_is_recognised_and_forgotten(write: object) -> None:
    value = token_value()
    token = make_token(value=value)
    mark = fingerprint(fingerprint_key(), value).hex()
    rows = [
        {"time": "2026-03-02T07:15:00Z", "token": value},
        {"time": "2026-03-02T09:45:00+01:00", "fingerprint": mark.upper()},
        {"time": "2026-03-02 05:00", "hint": token.hint.replace("…", "...")},
    ]
    result = take(write(rows))  # type: ignore[operator]  # one of both writers
    assert (result.rows, result.secrets, result.unknown, result.covered) == (3, 1, 0, 0)
    usage = Usage.objects.get(source="log")
    assert usage.first_seen_at == datetime.fromisoformat("2026-03-02T05:00Z")
    assert usage.last_seen_at == datetime.fromisoformat("2026-03-02T08:45Z") == result.until
    hours = HourMap.from_text(usage.anchor_at, usage.looked, usage.seen)
    assert hours.hours(NOW - 5 * HOUR, NOW)[1] == 3
    secret = Secret.objects.get()
    assert (secret.last_used_at, secret.last_used_evidence) == (usage.last_seen_at, "log")
    stored = repr(list(AuditEvent.objects.values())) + repr(list(Usage.objects.values()))
    assert value not in stored
    entry = AuditEvent.objects.get(kind="usage.imported")
    assert (entry.subject_name, json.loads(entry.data)["rows"]) == ("gateway", 3)


def test_an_older_log_never_moves_evidence_back() -> None:
    value = token_value()
    make_token(value=value, issued_at=NOW - 90 * DAY)
    take([{"time": NOW.isoformat(), "token": value}])
    take([{"time": (NOW - 60 * DAY).isoformat(), "token": value}])
    usage = Usage.objects.get()
    assert (usage.first_seen_at, usage.last_seen_at) == (NOW - 60 * DAY, NOW)
    assert usage.anchor_at == NOW.replace(minute=0)
    assert Secret.objects.get().last_used_at == NOW


def same_hint() -> tuple[Token, Token]:
    one, other = make_token(), make_token()
    Token.objects.update(hint="sk_live_…9f9f")
    return one, other


def test_a_hint_that_fits_several_needs_its_place() -> None:
    one, other = same_hint()
    (error,) = refused([{"time": NOW.isoformat(), "hint": "sk_live_…9f9f"}])
    assert (error.line, error.column) == (1, "hint")
    assert "fits several tokens" in error.reason
    take([{"time": NOW.isoformat(), "hint": "sk_live_…9f9f", "company": other.company.name}])
    assert Usage.objects.get().secret_id == other.secret_id != one.secret_id


def test_rows_of_one_shared_secret_are_not_ambiguous() -> None:
    value = token_value()
    token = make_token(value=value)
    make_token(value=value, allow_shared=True)
    take([{"time": NOW.isoformat(), "hint": token.hint}])
    assert Usage.objects.get().secret_id == token.secret_id


def test_every_bad_row_is_named_and_nothing_is_taken() -> None:
    value, stranger = token_value(), token_value()
    make_token(value=value)
    good = NOW.isoformat()
    errors = refused(
        [
            {"time": good, "token": value},
            {"time": "yesterday", "token": value},
            {"time": "", "token": value},
            {"time": (NOW + 6 * timedelta(minutes=1)).isoformat(), "token": value},
            {"time": good},
            {"time": good, "token": value, "hint": "x"},
            {"time": good, "token": "short"},
            {"time": good, "fingerprint": "12"},
            {"time": "2020-01-01", "token": value},
            {"time": good, "token": stranger},
            {"time": good, "hint": "sk_live_…0000"},
        ]
    )
    told = [(error.line, error.column) for error in errors]
    assert told == [
        (2, "time"),
        (3, "time"),
        (4, "time"),
        (5, "token"),
        (6, "hint"),
        (7, "token"),
        (8, "fingerprint"),
        (9, "time"),
        (10, ""),
        (11, "hint"),
    ]
    assert errors[7].reason == "lies before the token was issued"
    assert errors[8].reason == "is of no token in the inventory"


def test_rows_of_unknown_tokens_can_be_left_out_and_are_counted() -> None:
    value = token_value()
    make_token(value=value)
    rows = [{"time": NOW.isoformat(), "token": each} for each in (value, token_value())]
    result = take(rows, skip_unknown=True)
    assert (result.rows, result.unknown, result.secrets) == (1, 1, 1)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_no_error_repeats_a_token(form: str) -> None:
    value = token_value()
    lines = {
        "csv": [
            f"{value},time",
            f"time,{value}",
            f"time,token,x\n{value},a b,c",
            f"token\n{value}",
        ],
        "jsonl": [
            value,
            f'{{"{value}": "x"}}',
            f'{{"time": "{value}"}}',
            f'{{"token": ["{value}"]}}',
        ],
    }[form]
    for text in lines:
        with pytest.raises(ImportRefused) as caught:
            take(text.encode(), form=form)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.errors)
        assert value not in shown


def covered(*integrations: str, days: int = 31, everything: bool = False) -> Covered:
    return Covered(NOW - days * DAY, NOW, integrations, everything)


def covers(token: Token) -> tuple[datetime | None, datetime | None]:
    secret = Secret.objects.get(pk=token.secret_id)
    return secret.logs_cover_since, secret.logs_cover_until


def test_silence_counts_for_the_integrations_that_are_named() -> None:
    value, shared = token_value(), token_value()
    seen = make_token(value=value)
    silent = make_token(integration=seen.integration)
    elsewhere = make_token(integration=seen.integration, value=shared)
    make_token(value=shared, allow_shared=True)
    other = make_token()
    row = {"time": NOW.isoformat(), "token": value}
    result = take([row], covered=covered(seen.integration.name))
    assert result.covered == 2
    assert covers(seen) == covers(silent) == (NOW - 31 * DAY, NOW)
    assert covers(other) == covers(elsewhere) == (None, None)
    assert take([row], covered=covered(everything=True)).covered == 4
    assert covers(other) == (NOW - 31 * DAY, NOW)


def test_cover_grows_from_day_to_day_and_begins_anew_after_a_gap() -> None:
    value = token_value()
    token = make_token(value=value)
    names = (token.integration.name,)
    for back, since in [(5, 5), (4, 5), (3, 5), (1, 1)]:
        row = {"time": (NOW - back * DAY + HOUR).isoformat(), "token": value}
        Token.objects.update(issued_at=NOW - 9 * DAY)
        take([row], covered=Covered(NOW - back * DAY, NOW - (back - 1) * DAY, names))
        assert covers(token) == (NOW - since * DAY, NOW - (back - 1) * DAY)


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Covered(NOW, NOW, everything=True), "covers"),
        (Covered(NOW - DAY, NOW + HOUR, everything=True), "covers"),
        (Covered(NOW.replace(tzinfo=None), NOW, everything=True), "covers"),
        (Covered(NOW - DAY, NOW), "of"),
        (Covered(NOW - DAY, NOW, ("Portal",), everything=True), "of"),
        (Covered(NOW - DAY, NOW, ("Nobody knows it",)), "of"),
    ],
)
def test_an_impossible_cover_is_refused(order: Covered, field: str) -> None:
    value = token_value()
    make_token(value=value)
    make_integration("Portal")
    with pytest.raises(InvalidInput) as caught:
        take([{"time": NOW.isoformat(), "token": value}], covered=order)
    assert caught.value.field == field
    assert not Usage.objects.exists()
