"""Names that are markup, template code or attributes stay names, on every page."""

import csv
import io
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import ACTOR, NOW, make_token
from tests.web.conftest import signed_in
from tests.web.test_matrix import address, ids, routes  # noqa: F401 - a fixture
from tokens.models import Account, Consumer, Mail, Policy, PolicyException, Token
from tokens.notifications.rendering import render
from tokens.services.edit_company import edit_company
from tokens.services.edit_integration import edit_integration
from tokens.services.edit_token import edit_token
from tokens.services.intake.draft import start_import
from tokens.services.intake.work import work_on_imports
from tokens.services.remind import plan_reminders
from tokens.services.usage_keys import create_usage_key

pytestmark = pytest.mark.django_db

NAMES = [
    '<script>alert("x1")</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "{{ 7|add:7 }}{% now 'Y' %}{% load static %}",
    "{{ request.META }} {{ account.password }}",
    "<c-secret value='x'></c-secret>",
    "javascript:alert(1)",
]


class Browser(HTMLParser):
    """Notes what would run: scripts of the page's own text, handlers, addresses that are code."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (tag == "script" and not given.get("src")) or (tag == "img" and given.get("src") == "x"):
            self.runs.append(tag)
        for name, value in attrs:
            code = (value or "").strip().lower().startswith("javascript:")
            if name.startswith("on") or (name in {"href", "src", "action", "hx-get"} and code):
                self.runs.append(f"{tag} {name}={value}")


def running(html: str) -> list[str]:
    browser = Browser()
    browser.feed(html)
    return browser.runs


@pytest.mark.parametrize("name", NAMES)
def test_no_name_becomes_markup_or_template_code(
    administrator: Account,
    auditor: Account,
    ids: dict[str, Any],  # noqa: F811 - the fixture
    name: str,
) -> None:
    ids |= _inventory(name) | {"draft_id": _upload(name, administrator)}
    PolicyException.objects.update(reason=name)
    Policy.objects.filter(pk=ids["policy_id"]).update(name=name)
    Consumer.objects.update(name=name)
    client = signed_in(administrator)
    seen = 0
    for route in (one for one in routes() if "export" not in one and "logout" not in one):
        answer = client.get(address(route, ids))
        if not answer["Content-Type"].startswith("text/html"):
            continue
        page = answer.content.decode()
        assert running(page) == [], route
        assert "md5$" not in page, route
        seen += "{{" in page
    for query in (f"/tokens/?q={name}", f"/audit/?actor={name}", f"/companies/?q={name}"):
        assert running(client.get(query).content.decode()) == [], query
    if "{{" in name:
        assert seen >= 8  # as it was typed, not as somebody evaluated it


def test_mails_are_letters_and_no_markup(administrator: Account) -> None:
    _inventory(NAMES[0])
    Token.objects.update(due_at=NOW, remind_at=None)
    plan_reminders(now=NOW)
    mail = Mail.objects.get(kind="reminder", recipient="o'x@acme.example")
    message: Any = render(mail, list(mail.notices.all()), to_administrator=True, now=NOW)
    html = next(part.content for part in message.alternatives)
    assert running(html) == []
    assert "&lt;script&gt;" in html
    assert "\n" not in message.subject


def _upload(name: str, administrator: Account) -> Any:
    """A table with the name in every cell that takes one, looked at by the worker."""
    rows = [["company", "integration", "environment", "scope", "label", "token", "held"]]
    rows.append([f"Up {name}", name, "production", "read", name, "", "no"])
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    now = timezone.now()
    draft = start_import(
        source=file.getvalue().encode(), allow_shared=False, account=administrator, now=now
    )
    work_on_imports(clock=lambda: now)
    draft.refresh_from_db()
    assert draft.found["rows"] or draft.found["errors"]
    return draft.pk


def _inventory(name: str) -> dict[str, Any]:
    now = timezone.now()
    token = make_token(
        integration_name="A", company_name="B", label=name[:100], owner_email="o'x@acme.example"
    )
    edit_company(company=token.company, actor=ACTOR, now=now, name=name)
    edit_integration(
        integration=token.integration, actor=ACTOR, now=now, name=name, description=name
    )
    edit_token(token=token, actor=ACTOR, now=now, where=f"{name}\n{name}")
    key, _ = create_usage_key(integration=token.integration, actor=ACTOR, now=now)
    mail = Mail.objects.create(
        recipient="x@acme.example", kind="failing", message_id="<2@x>",
        created_at=now, subject=name,
    )  # fmt: skip
    return {
        "token_id": token.pk, "company_id": token.company_id, "key_id": key.pk, "uidb64": "x",
        "integration_id": token.integration_id, "mail_id": mail.pk,
        "token": "y", "person_id": token.owner_id,
    }  # fmt: skip
