"""Pages for what went wrong wear the product's sheet, and need nothing that could fail too."""

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries

SHEET = "/static/tokens/app.css"
ICON = "tokens/mark.svg"


@pytest.mark.parametrize("path", ["tokens/app.css", ICON])
def test_the_page_for_a_500_names_files_that_exist(path: str) -> None:
    page = get_template("500.html").render()
    assert f'href="/static/{path}"' in page
    assert finders.find(path)


@pytest.mark.django_db
def test_the_page_for_a_500_asks_nobody(
    rf: object, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        page = server_error(rf.get("/")).content.decode()  # type: ignore[attr-defined]
    assert "Something broke on our side" in page
    assert "<style" not in page


@pytest.mark.django_db
def test_every_error_page_declares_its_icon(client: Client, administrator: object) -> None:
    client.raise_request_exception = False
    page = client.get("/there/is/nothing/").content.decode()
    assert f'rel="icon" href="/static/{ICON}"' in page
    assert SHEET in page


@pytest.mark.django_db
def test_the_icon_is_found_where_browsers_look_by_themselves(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"] == f"/static/{ICON}"
    assert client.post("/favicon.ico").status_code == 405
