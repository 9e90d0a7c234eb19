"""The page of keys for scripts."""

import pytest
from django.test import Client

from tests.factories import token_value
from tokens.models import ApiKey

pytestmark = pytest.mark.django_db


def make(client: Client, **given: object) -> str:
    data = {"name": "nightly export", "permissions": ["export"], "days": "30", **given}
    return client.post("/keys/", data).content.decode()


def test_a_key_is_shown_once(as_administrator: Client) -> None:
    page = make(as_administrator)
    assert "shown only now" in page
    assert page.count("ctgk_") >= 2  # the text and its hint
    again = as_administrator.get("/keys/").content.decode()
    assert "nightly export" in again
    assert ApiKey.objects.get().hint in again
    assert "shown only now" not in again


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"days": "0"}, "greater than or equal to 1"),
        ({"days": "400"}, "less than or equal to 365"),
        ({"name": ""}, "required"),
        ({"permissions": ["people"]}, "Select a valid choice"),
    ],
)
def test_bad_input_names_its_field(
    as_administrator: Client, given: dict[str, object], error: str
) -> None:
    assert error in make(as_administrator, **given)
    assert not ApiKey.objects.exists()


def test_a_token_is_no_name(as_administrator: Client) -> None:
    value = token_value()
    assert value not in make(as_administrator, name=value)
    assert not ApiKey.objects.exists()


def test_revoking(as_administrator: Client) -> None:
    make(as_administrator)
    key = ApiKey.objects.get()
    url = f"/keys/{key.pk}/revoke/"
    page = as_administrator.post(url, follow=True).content.decode()
    assert "is refused from now on" in page
    assert "revoked before" in as_administrator.post(url, follow=True).content.decode()


def test_an_auditor_does_not_see_it(as_auditor: Client) -> None:
    assert as_auditor.get("/keys/").status_code == 403
