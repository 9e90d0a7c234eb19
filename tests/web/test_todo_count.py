"""The number beside To do: exact there, remembered for a while elsewhere, never a cost per page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_token
from tokens.models import Company
from tokens.web.todo_count import KEPT_SECONDS, Remembered, remembered


def never() -> int:
    raise AssertionError("counted although it is remembered")


def test_a_number_is_kept_for_a_minute() -> None:
    now = 1000.0
    kept = Remembered(clock=lambda: now)
    assert kept.current(lambda: 7) == 7
    now += KEPT_SECONDS - 1
    assert kept.current(never) == 7
    now += 1
    assert kept.current(lambda: 8) == 8
    kept.keep(3)
    assert kept.current(never) == 3
    kept.forget()
    assert kept.current(lambda: 4) == 4


def test_a_count_that_takes_long_is_kept_longer() -> None:
    now = 0.0
    kept = Remembered(clock=lambda: now)

    def slow() -> int:
        nonlocal now
        now += 2
        return 1

    kept.current(slow)
    now += 399
    assert kept.current(never) == 1


def shown(client: Client, url: str) -> int:
    items = client.get(url).context["navigation"]
    number: int = next(item.count for item in items if item.label == "To do")
    return number


@pytest.mark.django_db
def test_to_do_is_exact_and_tells_the_other_pages(as_auditor: Client) -> None:
    now = timezone.now()
    make_token(now=now, issued_at=now - timedelta(days=100))
    Company.objects.update(reconciled_at=now)
    assert shown(as_auditor, "/policies/") == 0  # remembered
    assert shown(as_auditor, "/") == 1
    assert shown(as_auditor, "/policies/") == 1
    make_token(now=now, issued_at=now - timedelta(days=101))
    Company.objects.update(reconciled_at=now)
    remembered.forget()
    assert shown(as_auditor, "/policies/") == 2


@pytest.mark.django_db
def test_no_page_pays_for_it_while_it_is_remembered(
    as_auditor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    as_auditor.get("/")
    with django_assert_num_queries(3):  # session with account and standing, policies, their tokens
        as_auditor.get("/policies/")
