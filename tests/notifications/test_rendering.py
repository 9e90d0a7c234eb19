"""What mails say, whatever names people choose."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.mail import EmailMultiAlternatives

from tests.factories import make_company, make_integration
from tests.notifications.days import NOON, token_due_in
from tokens.models import Mail
from tokens.notifications.rendering import render
from tokens.notifications.wording import left, reminder_subject
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db


class Words(HTMLParser):
    """The text of a page, without head and markup."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in {"style", "title", "script"}:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words += data.split()


def rendered(*, to_administrator: bool = False) -> EmailMultiAlternatives:
    plan_reminders(now=NOON)
    mail = Mail.objects.get()
    related = ("token__company", "token__integration", "token__owner", "token__secret__revocation")
    notices = list(mail.notices.select_related(*related))
    return render(mail, notices, to_administrator=to_administrator, now=NOON)


def html_of(message: EmailMultiAlternatives) -> str:
    (alternative,) = message.alternatives
    return str(alternative[0])


@pytest.mark.parametrize("to_administrator", [True, False])
def test_text_and_html_say_the_same(to_administrator: bool) -> None:
    for days in (-8, 0, 7):
        token_due_in(days, owner_email="owner@example.com")
    token_due_in(3, owner_email="owner@example.com", value=None)
    message = rendered(to_administrator=to_administrator)
    parser = Words()
    parser.feed(html_of(message))
    plain = [word for word in str(message.body).split() if word not in {"*", "--"}]
    assert "".join(parser.words).replace(" ", "") == "".join(["Tokengovernance", *plain])


HOSTILE = "<script>alert(1)</script> & Söhne\r\nBcc: evil@example.com"


def test_hostile_names_are_escaped_in_html_plain_in_text_and_no_header() -> None:
    company = make_company(HOSTILE)
    integration = make_integration("Portal\nX-Evil: 1")
    token = token_due_in(7, owner_email="owner@example.com")
    type(token).objects.update(company=company, integration=integration)
    message = rendered()
    assert "<script>alert" not in html_of(message)
    assert "&lt;script&gt;" in html_of(message)
    assert "<script>alert(1)</script> & Söhne Bcc: evil@example.com" in str(message.body)
    sent = message.message()
    assert sent["Bcc"] is None
    assert sent["X-Evil"] is None
    assert message.recipients() == ["owner@example.com"]


def test_no_part_of_the_secret_and_no_foreign_resource() -> None:
    token = token_due_in(7, owner_email="owner@example.com")
    message = rendered()
    for text in (str(message.body), html_of(message), str(message.subject)):
        assert token.hint[-4:] not in text
    assert not re.search(r"(?:src|background)=|url\(|<link", html_of(message))


def test_styles_are_inlined() -> None:
    token_due_in(7, owner_email="owner@example.com")
    assert re.search(r'<p class="amber"[^>]*style="[^"]*color: ?#835500', html_of(rendered()))


@pytest.mark.parametrize(
    ("items", "subject"),
    [
        ([("A", -12)], "12 days overdue: A"),
        ([("A", -1)], "1 day overdue: A"),
        ([("A", 0)], "Due today: A"),
        ([("A", 1)], "Due tomorrow: A"),
        ([("A", -1), ("B", -9), ("C", 7)], "2 tokens overdue, 1 due in 7 days"),
        ([("A", 0), ("B", 7), ("C", 7)], "1 token due today, 2 due in 7 days"),
        (
            [(str(n), n) for n in (-1, 0, 1, 7, 14)],
            "1 token overdue, 1 due today, 1 due tomorrow, 2 later",
        ),
        ([("x" * 300, 7)], "Due in 7 days: " + "x" * 184 + "…"),
    ],
)
def test_the_subject_says_the_most_urgent_fact(items: list[tuple[str, int]], subject: str) -> None:
    assert reminder_subject(items) == subject
    assert len(subject) <= 200


def test_days_left_in_words() -> None:
    assert [left(days) for days in (-2, 0, 1, 30)] == [
        "2 days overdue",
        "due today",
        "due tomorrow",
        "due in 30 days",
    ]


def test_unknown_age_and_missing_value_are_said() -> None:
    token_due_in(3, owner_email="owner@example.com", value=None)
    body = str(rendered().body)
    assert "Its value is not stored here" in body
    token = Mail.objects.get().notices.get().token
    assert token is not None
    type(token).objects.filter(pk=token.pk).update(issued_at=None)
    related = ("token__company", "token__integration", "token__owner", "token__secret__revocation")
    notices = list(Mail.objects.get().notices.select_related(*related))
    later = render(
        Mail.objects.get(), notices, to_administrator=False, now=NOON + timedelta(hours=1)
    )
    assert "Nobody knows when it was issued" in str(later.body)
