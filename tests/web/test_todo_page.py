"""To do: heading, rows with one button each, what stands beside them, and the empty states."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from tests.factories import accepted, failing, make_company, make_token
from tests.web.conftest import NOW
from tokens.models import Company, Incident
from tokens.selectors.dashboard import Share
from tokens.web.todo_page import uncounted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_now")]


@pytest.fixture
def _at_now() -> object:
    # The view is an edge that reads the clock; everything behind it takes the moment.
    with time_machine.travel(NOW, tick=False):
        yield


def healthy(**fields: object) -> None:
    make_token(
        now=NOW,
        issued_at=NOW - timedelta(days=10),
        secret=accepted(NOW - timedelta(minutes=4)),
        **fields,  # type: ignore[arg-type]
    )
    Company.objects.update(reconciled_at=NOW)


def test_the_first_visit_says_how_to_begin(as_administrator: Client) -> None:
    page = as_administrator.get("/").content.decode()
    assert "Put your first tokens in" in page
    assert 'href="/tokens/new/"' in page
    assert 'href="/tokens/import/"' in page


def test_an_auditors_first_visit_offers_nothing_to_do(as_auditor: Client) -> None:
    assert 'href="/tokens/new/"' not in as_auditor.get("/").content.decode()


def test_nothing_today_names_the_next_rotation_and_the_last_check(as_administrator: Client) -> None:
    healthy(integration_name="ERP sync")
    page = as_administrator.get("/").content.decode()
    assert "<h1>Nothing today</h1>" in page
    assert "12 Feb 2027" in page
    assert "4 minutes ago" in page
    assert "Tokens that nobody entered here cannot be seen." in page


def test_rows_come_in_order_with_their_sentence_and_button(as_administrator: Client) -> None:
    overdue = make_token(now=NOW, issued_at=NOW - timedelta(days=100), integration_name="BI")
    refused = make_token(
        now=NOW, secret=failing(NOW, accepted_at=NOW - timedelta(hours=1)), issued_at=NOW
    )
    Company.objects.update(reconciled_at=NOW)
    answer = as_administrator.get("/")
    page = answer.content.decode()
    assert "<h1>2 things need you today</h1>" in page
    assert [row.href for row in answer.context["rows"]] == [
        f"/tokens/{refused.pk}/",
        f"/tokens/{overdue.pk}/rotate/",
    ]
    assert "10 days overdue." in page
    assert "BI · " in page


def test_an_auditor_is_led_to_what_they_may_see(as_auditor: Client) -> None:
    token = make_token(now=NOW, issued_at=NOW - timedelta(days=100))
    rows = as_auditor.get("/").context["rows"]
    assert [row.href for row in rows] == [f"/tokens/{token.pk}/", f"/companies/{token.company_id}/"]
    for row in rows:
        assert as_auditor.get(row.href).status_code == 200


def test_the_share_has_its_denominator(as_auditor: Client) -> None:
    healthy()
    make_token(now=NOW, issued_at=NOW - timedelta(days=91))
    make_token(now=NOW, issued_at=NOW, value=None)
    page = as_auditor.get("/").content.decode()
    assert "1 <small>of 2 tokens</small>" in page
    assert "1 not held is not counted in." in page


def test_the_words_of_what_is_not_counted() -> None:
    assert uncounted(Share(1, 2, 2, 2)) == "2 of unknown age and 2 not held are not counted in."
    assert uncounted(Share(1, 2, 1, 0)) == "1 of unknown age is not counted in."
    assert uncounted(Share(1, 2, 0, 0)) == ""
    assert uncounted(Share(1, 2, 0, 0, 1)) == "1 excepted is not counted in."
    said = "2 of unknown age, 1 not held and 3 excepted are not counted in."
    assert uncounted(Share(1, 2, 2, 1, 3)) == said


def test_reminders_are_told_by_the_hour_of_utc(as_auditor: Client) -> None:
    healthy()
    assert "Reminders go out daily from 07:00 UTC." in as_auditor.get("/").content.decode()


def test_an_open_hold_leads_to_its_page(as_administrator: Client) -> None:
    healthy()
    hold = Incident.objects.create(begun_at=NOW, last_bad_at=NOW, watched=12, bad=9)
    page = as_administrator.get("/").content.decode()
    assert "9 of 12" in page
    assert f'href="/incidents/{hold.pk}/"' in page


def test_another_host_is_said_once(as_auditor: Client, settings: Settings) -> None:
    settings.COOLSET_ALLOW_HOST = "proxy.acme.example"
    healthy()
    page = as_auditor.get("/").content.decode()
    assert page.count("Tokens may be sent to proxy.acme.example") == 1


def test_names_are_escaped(as_auditor: Client) -> None:
    make_token(
        now=NOW,
        issued_at=NOW - timedelta(days=100),
        company=make_company("<b>Acme</b>"),
        integration_name='"><img src=x>',
    )
    page = as_auditor.get("/").content.decode()
    assert "<b>Acme" not in page
    assert "<img" not in page


def test_the_page_asks_the_database_the_same_for_any_number(
    as_auditor: Client, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            as_auditor.get("/")
        return len(caught)

    assert connection.features.supports_json_field  # SQLite is asked for that once in a process
    make_token(now=NOW, issued_at=NOW - timedelta(days=100))
    few = queries()
    for _ in range(25):
        make_token(now=NOW, issued_at=NOW - timedelta(days=100))
    assert queries() == few
    assert few <= 8
