"""The compliance history over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import make_token
from tokens.services.take_snapshot import take_snapshot

pytestmark = pytest.mark.django_db
URL = "/api/v1/compliance/"


def test_now_and_by_day_with_the_denominator(auditor: APIClient) -> None:
    now = timezone.now()
    token = make_token(now=now, issued_at=now)
    make_token(now=now, issued_at=None, company=token.company)
    take_snapshot(now=now - timedelta(days=2))
    take_snapshot(now=now)
    answer = auditor.get(URL, {"days": "7"}).json()
    assert answer["denominator"].startswith("Counted are active tokens")
    share = {"active": 2, "counted": 1, "within": 1, "out_of_policy": 0, "percent": 100,
             "unknown_age": 1, "not_held": 0, "excepted": 0}  # fmt: skip
    assert answer["now"] == share
    today = now.date()
    assert answer["results"] == [
        {"day": (today - timedelta(days=days)).isoformat(), **share} for days in (2, 0)
    ]
    one = auditor.get(URL, {"company": token.company.name}).json()
    assert one["company"] == str(token.company_id)
    assert one["now"]["active"] == 2


@pytest.mark.parametrize(
    "query", [{"days": "0"}, {"from": "x"}, {"to": "2999-01-01"}, {"company": "nobody"}]
)
def test_errors_name_the_parameter(auditor: APIClient, query: dict[str, str]) -> None:
    answer = auditor.get(URL, query)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(next(iter(query)))


def test_not_for_keys_nor_strangers(anonymous: APIClient, key: APIClient) -> None:
    assert anonymous.get(URL).status_code == 401
    assert key.get(URL).status_code == 403
