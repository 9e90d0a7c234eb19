"""Every address says who may ask for it, and the answer is given anew at each request."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tokens.models import Account
from tokens.policy.roles import ALLOWED, Permission
from tokens.policy.vocabulary import Role
from tokens.sessions import SessionStore, note_sign_in
from tokens.step_up import note_proof
from tokens.web.access import Access, access_of, delegated, may, needs, public
from tokens.web.middleware import AccessMiddleware

pytestmark = pytest.mark.django_db


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield address, entry.callback
        else:
            yield from patterns(entry, address)


def open_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


def middleware() -> AccessMiddleware:
    return AccessMiddleware(open_view)


def test_every_address_is_classified() -> None:
    found = dict(patterns(get_resolver()))
    assert "accounts/login/" in found
    assert [address for address, view in found.items() if access_of(view) is None] == []


def test_a_view_that_says_nothing_is_open_to_nobody(administrator: Account) -> None:
    request = RequestFactory().get("/")
    request.user = administrator
    with pytest.raises(ImproperlyConfigured, match="open_view"):
        middleware().process_view(request, open_view, (), {})


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_the_role_decides(role: Role, permission: Permission) -> None:
    request = RequestFactory().get("/x/")
    request.user = Account.objects.create_account(email="a@acme.example", role=role)
    request.session = SessionStore()
    note_proof(request.session, timezone.now())
    note_sign_in(request.session, address="", agent="", now=timezone.now())

    @needs(permission)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    if permission in ALLOWED[role]:
        assert middleware().process_view(request, view, (), {}) is None
    else:
        with pytest.raises(PermissionDenied):
            middleware().process_view(request, view, (), {})


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", "view"), ("HEAD", "view"), ("POST", "check"), ("DELETE", "check"), (None, "check")],
)
def test_writing_may_ask_for_more(method: str | None, expected: str) -> None:
    assert Access(Permission.VIEW, Permission.CHECK).asked_by(method) == expected


def test_a_class_hands_its_classification_to_its_views() -> None:
    @public
    class Page:
        pass

    def view() -> None: ...

    view.view_class = Page  # type: ignore[attr-defined]
    assert access_of(view) == Access()
    assert access_of(delegated(lambda request: None)) == Access(before_setup=True, delegated=True)


def test_a_disabled_account_and_nobody_may_nothing(administrator: Account) -> None:
    assert may(administrator, Permission.PEOPLE)
    administrator.is_active = False
    assert not may(administrator, Permission.VIEW)
    assert not may(None, Permission.VIEW)


def test_the_anonymous_are_sent_to_sign_in_and_back(administrator: Account) -> None:
    answer = Client().get("/team/?a=1")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/accounts/login/?next=/team/%3Fa%3D1",
    )


def test_a_fragment_takes_the_whole_page_to_sign_in(administrator: Account) -> None:
    answer = Client().get("/team/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/accounts/login/"


def test_an_auditor_is_told_in_words(as_auditor: Client) -> None:
    answer = as_auditor.get("/team/")
    assert answer.status_code == 403
    assert "Your role does not include this" in answer.content.decode()


def test_a_disabled_account_loses_access_at_its_next_request(
    as_auditor: Client, auditor: Account
) -> None:
    assert as_auditor.get("/accounts/password/").status_code == 200
    Account.objects.filter(pk=auditor.pk).update(is_active=False)
    assert as_auditor.get("/accounts/password/")["Location"].startswith("/accounts/login/")


def test_a_changed_role_counts_at_the_next_request(as_auditor: Client, auditor: Account) -> None:
    Account.objects.filter(pk=auditor.pk).update(role=Role.ADMINISTRATOR.value)
    assert as_auditor.get("/team/").status_code == 200


def test_a_forged_form_is_refused_in_words(administrator: Account) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/team/", {"email": "x@acme.example", "role": "auditor"})
    assert answer.status_code == 403
    assert "The form was too old" in answer.content.decode()
    assert not Account.objects.filter(email="x@acme.example").exists()


def test_unknown_addresses_have_a_page(as_administrator: Client) -> None:
    answer = as_administrator.get("/no-such-page/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
