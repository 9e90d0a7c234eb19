"""The search itself must find what is there."""

import base64
from urllib.parse import quote

import pytest

from tests.factories import token_value
from tests.journeys.leaks import found_in, secret_part


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"Bearer "])
def test_every_form_is_found(before: bytes) -> None:
    value = token_value()
    raw = value.encode()
    for haystack in (
        before + raw,
        (before + raw).hex().encode(),
        base64.b64encode(before + raw + b"tail"),
        base64.urlsafe_b64encode(before + raw),
        quote(before.decode() + value).encode(),
        before + secret_part(value).encode(),
    ):
        assert found_in(b"..." + haystack + b"...", [token_value(), value]) == [1]


def test_a_hint_is_no_find() -> None:
    value = token_value()
    assert found_in(f"sk_live_…{value[-4:]}".encode(), [value]) == []
