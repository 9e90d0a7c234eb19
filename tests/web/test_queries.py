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


@pytest.mark.parametrize(("url", "most"), [("/", 11), ("/tokens/", 8), ("/tokens/{}/", 16)])
def test_a_page_asks_no_more_than_this(as_auditor: Client, url: str, most: int) -> None:
    address = url.format(make_token().pk)
    assert queries(as_auditor, address) <= most
