"""The classifier by itself: only the API's own word counts, and nothing makes it raise."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from tests.coolset.helpers import AT
from tokens.coolset.classify import MAX_BODY_BYTES, Verdict, classify
from tokens.coolset.documents import parse_object, read_evidence, read_id
from tokens.coolset.outcomes import Evidence, Problem
from tokens.policy.usage import RateHeaders
from tokens.policy.vocabulary import ACCEPTED, Outcome

DETAIL = b'{"detail": "x"}'


def judge(status: int | None, body: bytes | None, problem: str = "", **headers: str) -> Verdict:
    named = CIMultiDict({name.replace("_", "-"): text for name, text in headers.items()})
    return classify(status, named, body, Problem(problem), AT)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206])
def test_valid_is_a_2xx_with_an_object(status: int) -> None:
    assert judge(status, b" {} \n").outcome is Outcome.VALID


@pytest.mark.parametrize("body", [b"", b"  ", b"[]", b'"x"', b"1", b"null", b"{", b"{}x", b"<p>"])
@pytest.mark.parametrize("status", [200, 204, 401, 403])
def test_what_is_no_object_is_no_word_of_the_api(status: int, body: bytes) -> None:
    assert judge(status, body).outcome is Outcome.UNUSABLE


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, Outcome.UNAUTHORIZED), (403, Outcome.FORBIDDEN)]
)
def test_refusals_need_a_detail_in_words(status: int, outcome: Outcome) -> None:
    assert judge(status, DETAIL).outcome is outcome
    for body in (b"{}", b'{"detail": null}', b'{"detail": ["x"]}', b'{"Detail": "x"}'):
        assert judge(status, body).outcome is Outcome.UNUSABLE


def test_no_other_status_says_anything_of_the_token() -> None:
    for status in set(range(100, 600)) - {401, 403, 429}:
        expected = Outcome.VALID if 200 <= status < 300 else Outcome.UNUSABLE
        assert judge(status, DETAIL).outcome is expected, status


@pytest.mark.parametrize("problem", [problem for problem in Problem if problem])
@pytest.mark.parametrize("status", [None, 200, 401, 403])
def test_an_answer_with_a_problem_never_counts(status: int | None, problem: Problem) -> None:
    verdict = judge(status, DETAIL, problem)
    assert verdict.outcome in {Outcome.UNUSABLE, Outcome.UNREACHABLE}
    assert verdict.problem is problem


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "identity, gzip", "x"])
def test_a_compressed_answer_does_not_count(encoding: str) -> None:
    for status in (200, 401, 403):
        assert judge(status, DETAIL, content_encoding=encoding).problem is Problem.COMPRESSED
    assert judge(200, DETAIL, content_encoding="Identity").outcome is Outcome.VALID


def test_the_body_is_bounded_to_the_byte() -> None:
    fits = b'{"a": "' + b"x" * (MAX_BODY_BYTES - 9) + b'"}'
    assert len(fits) == MAX_BODY_BYTES
    assert judge(200, fits).outcome is Outcome.VALID
    assert judge(200, fits + b" ").problem is Problem.TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 1}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\xff"}',
        b'\xff\xfe{\x00"\x00a\x00"\x00:\x001\x00}\x00',
        b'{"a": ' + b"1" * 5000 + b"}",
        b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"a": ' + b"[" * 30000 + b"]" * 30000 + b"}",
    ],
)
def test_json_that_is_read_in_two_ways_is_not_read(body: bytes) -> None:
    assert parse_object(body) is None


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert parse_object(json.dumps({"results": [{"id": n} for n in range(100)]}).encode())


@given(st.one_of(st.none(), st.integers(0, 999)), st.binary(max_size=200), st.text(max_size=40))
def test_nothing_makes_it_raise_or_accept_noise(status: int | None, body: bytes, text: str) -> None:
    names = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
    headers = CIMultiDict(dict.fromkeys(names, text))
    verdict = classify(status, headers, body, Problem.NONE, AT)
    if verdict.outcome in ACCEPTED:
        assert isinstance(json.loads(body), dict)


@pytest.mark.parametrize("problem", [Problem.NONE, Problem.TIMEOUT, Problem.COMPRESSED])
@pytest.mark.parametrize("body", [None, b"", b"<p>slow down</p>", b'{"detail": 5}'])
def test_429_suffices(body: bytes | None, problem: Problem) -> None:
    verdict = judge(429, body, problem, retry_after="7")
    assert verdict.outcome is Outcome.THROTTLED
    assert verdict.retry_hints == (AT + timedelta(seconds=7),)


def test_every_hint_is_collected() -> None:
    later = AT + timedelta(minutes=9)
    verdict = judge(
        429,
        b'{"detail": "Request was throttled. Expected available in 12 seconds."}',
        retry_after=format_datetime(later, usegmt=True),
        x_ratelimit_reset=str(int(AT.timestamp()) + 60),
    )
    assert verdict.retry_hints == (
        later,
        AT + timedelta(seconds=60),
        AT + timedelta(seconds=12),
    )


@pytest.mark.parametrize(
    "text", ["", "-1", "soon", "1e3", "0x10", "9" * 40, "Mon, 99 Foo 2026 00:00:00 GMT", "\u0663"]
)
def test_a_hint_that_is_none(text: str) -> None:
    assert judge(429, b"", retry_after=text, x_ratelimit_reset=text).retry_hints == ()


def test_a_date_without_a_zone_is_utc() -> None:
    (hint,) = judge(429, b"", retry_after="Sun, 01 Mar 2026 12:30:00 -0000").retry_hints
    assert hint == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "remaining", "reset", "expected"),
    [
        ("1000", "995", "1772366400", RateHeaders(1000, 995, 1772366400)),
        ("1000", "0", "x", RateHeaders(1000, 0, None)),
        (" 1000 ", "1000", "", RateHeaders(1000, 1000, None)),
        ("1000", "1001", "1", None),
        ("1000", "-1", "1", None),
        ("0", "0", "1", None),
        ("1000", "", "1", None),
        ("1000, 1000", "5", "1", None),
        ("1000.0", "5", "1", None),
        ("\u0661\u0660", "5", "1", None),
    ],
)
def test_rate_headers(limit: str, remaining: str, reset: str, expected: RateHeaders | None) -> None:
    headers = {"x_ratelimit_limit": limit, "x_ratelimit_remaining": remaining}
    assert judge(200, b"{}", x_ratelimit_reset=reset, **headers).headers == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, Evidence()),
        ({"workspace_id": 5}, Evidence(5)),
        ({"workspace_id": "0005"}, Evidence(5)),
        ({"workspace_id": True}, Evidence()),
        ({"workspace_id": 5.0}, Evidence()),
        ({"workspace_id": -5}, Evidence()),
        ({"workspace_id": 2**63}, Evidence()),
        ({"workspace_id": None, "a": {"workspace_id": 5}}, Evidence(5)),
        ({"workspace_id": 5, "a": {"workspace_id": "5"}}, Evidence(5)),
        ({"workspace_id": 5, "a": {"workspace_id": 6}}, Evidence()),
        ({"all": [{"workspace_id": 6}], "workspace_id": 5}, Evidence(5)),
        ({"a": {"b": {"c": {"d": {"workspace_id": 5}}}}}, Evidence(5)),
        ({"a": {"b": {"c": {"d": {"e": {"workspace_id": 5}}}}}}, Evidence()),
        ({"id": 5, "workspace": {"id": 6}}, Evidence()),
        ({"email": "A@b.nl"}, Evidence(None, "a@b.nl")),
        ({"email": "a@b.nl", "owner": {"email": "c@d.nl"}}, Evidence()),
        ({"email": "no address"}, Evidence()),
        ({"email": "a\ud800@b.nl"}, Evidence()),
        ({"email": "a@" + "b" * 300}, Evidence()),
    ],
)
def test_evidence_is_read_by_name(document: dict[str, object], expected: Evidence) -> None:
    assert read_evidence(document) == expected


def test_ids_are_positive_whole_numbers() -> None:
    assert (read_id(1), read_id("7")) == (1, 7)
    nothings: list[object] = [0, "0", "", "\u0667", [], False, True, 1.5, None]
    assert [value for value in nothings if read_id(value) is not None] == []
