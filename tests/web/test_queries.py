"""How often the busiest pages ask the database: no page may forget that it is counted."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_token

pytestmark = pytest.mark.django_db


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


#: Each at most so many at the first visit of a process, and at the second.
LISTS = {
    "/": (8, 4),
    "/tokens/": (8, 5),
    "/tokens/?state=active&environment=production": (8, 5),
    "/tokens/?q=acme+supplier": (8, 5),
    "/tokens/?flag=overdue&flag=ownerless": (8, 5),
    "/policies/": (8, 5),
}


@pytest.mark.parametrize("tokens", [3, 30])
@pytest.mark.parametrize("url", LISTS)
def test_lists_ask_as_often_whatever_there_is(
    as_administrator: Client, url: str, tokens: int
) -> None:
    for number in range(tokens):
        make_token(
            company_name="Acme GmbH", integration_name="Supplier portal", label=str(number),
            owner_email="" if number % 2 else "team@acme.example",
        )  # fmt: skip
    first, second = LISTS[url]
    assert queries(as_administrator, url) <= first
    assert queries(as_administrator, url) <= second


@pytest.mark.parametrize(("url", "most"), [("/tokens/{}/", 8)])
def test_a_page_asks_no_more_than_this(as_auditor: Client, url: str, most: int) -> None:
    address = url.format(make_token().pk)
    assert queries(as_auditor, address) <= most
