"""The hold's page, and the outbox."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.factories import ACTOR, NOW, accepted, make_token
from tokens.audit import Event, audited
from tokens.models import AuditEvent, Check, Incident, Mail, Secret, Token
from tokens.services.end_incident import end_incident
from tokens.web.outbox import FILE_BACKEND

pytestmark = pytest.mark.django_db


@pytest.fixture
def hold(db: None) -> Incident:
    return Incident.objects.create(begun_at=NOW, last_bad_at=NOW, watched=20, bad=15)


def queued(recipient: str = "ops@acme.example", **columns: object) -> Mail:
    number = Mail.objects.count()
    return Mail.objects.create(
        **{
            "recipient": recipient,
            "kind": "reminder",
            "message_id": f"<{number}.test@acme.example>",
            "created_at": NOW,
            **columns,
        }
    )


def test_the_hold_is_explained_and_ended_by_an_administrator(
    as_administrator: Client, hold: Incident
) -> None:
    page = as_administrator.get(f"/incidents/{hold.pk}/").content.decode()
    assert "15 of 20" in page
    assert "End the hold" in page
    assert as_administrator.post(f"/incidents/{hold.pk}/").status_code == 302
    hold.refresh_from_db()
    assert hold.ended_by == "ada@acme.example"
    assert "This is over." in as_administrator.get(f"/incidents/{hold.pk}/").content.decode()
    as_administrator.post(f"/incidents/{hold.pk}/")
    assert AuditEvent.objects.filter(kind=Event.INCIDENT_ENDED).count() == 1


def test_an_auditor_sees_the_hold_and_cannot_end_it(as_auditor: Client, hold: Incident) -> None:
    page = as_auditor.get(f"/incidents/{hold.pk}/").content.decode()
    assert "An administrator can end the hold." in page
    assert as_auditor.post(f"/incidents/{hold.pk}/").status_code == 403
    hold.refresh_from_db()
    assert hold.ended_at is None


def turned(hold: Incident, *, bad_since: timedelta, outcome: str = "unauthorized") -> Token:
    at = hold.begun_at + bad_since
    token = make_token(secret=accepted(NOW - timedelta(hours=1)))
    Check.objects.create(secret=token.secret, outcome=outcome, first_at=at, last_at=at)
    Secret.objects.filter(pk=token.secret_id).update(last_outcome=outcome, last_checked_at=at)
    return token


def test_the_hold_names_who_turned_bad_in_it_and_not_before(
    as_auditor: Client, hold: Incident
) -> None:
    within = [
        turned(hold, bad_since=timedelta(minutes=1)),
        turned(hold, bad_since=timedelta(minutes=2), outcome="unreachable"),
    ]
    before = turned(hold, bad_since=timedelta(minutes=-1))
    well = turned(hold, bad_since=timedelta(minutes=1), outcome="valid")
    answer = as_auditor.get(f"/incidents/{hold.pk}/")
    assert {token.pk for token, _ in answer.context["turned"]} == {each.pk for each in within}
    assert answer.context["held"] == 1
    page = answer.content.decode()
    assert f"/tokens/{within[0].pk}/" in page
    assert "Could not check: Coolset could not be reached" in page
    assert f"/tokens/{before.pk}/" not in page
    assert f"/tokens/{well.pk}/" not in page


def test_what_happened_after_stands_in_order_and_ends_a_day_later(
    as_auditor: Client, hold: Incident
) -> None:
    token = make_token(integration_name='A "b" <i> {{ c }}')
    end_incident(incident=hold, actor=ACTOR, now=NOW + timedelta(hours=1))
    for hours, new in [(2, "failing"), (26, "valid")]:
        with audited(actor=ACTOR, now=NOW + timedelta(hours=hours)) as trail:
            trail.add(Event.TOKEN_HEALTH_CHANGED, token, old="valid", new=new)
    answer = as_auditor.get(f"/incidents/{hold.pk}/")
    assert "A &quot;b&quot; &lt;i&gt; {{ c }}" in answer.content.decode()
    lines = answer.context["lines"]
    assert [line.entry.kind for line in lines] == ["incident.ended", "token.health_changed"]
    assert lines[1].href == f"/tokens/{token.pk}/"


def test_the_list_has_every_hold_and_how_it_ended(as_auditor: Client, hold: Incident) -> None:
    Incident.objects.create(
        begun_at=NOW - timedelta(days=9), last_bad_at=NOW, watched=30, bad=20,
        ended_at=NOW - timedelta(days=8), ended_by="ada@acme.example",
    )  # fmt: skip
    page = as_auditor.get("/incidents/").content.decode()
    assert page.index("Refusals are held") < page.index("by ada@acme.example")
    assert f"/incidents/{hold.pk}/" in page
    Incident.objects.all().delete()
    assert "No incident yet" in as_auditor.get("/incidents/").content.decode()


def test_an_unknown_hold_is_not_found(as_auditor: Client) -> None:
    assert as_auditor.get(f"/incidents/{Mail().pk}/").status_code == 404


def test_the_outbox_says_why_a_mail_waits(as_auditor: Client) -> None:
    queued(attempts=3, last_problem="no_connection")
    queued("x@acme.example", status="refused", attempts=1, last_problem="address_refused")
    page = as_auditor.get("/outbox/").content.decode()
    assert "the mail server cannot be reached" in page
    assert "the mail server refuses this address" in page
    answer = as_auditor.get("/outbox/", {"status": "refused"})
    assert [row.recipient for row, *_ in answer.context["mails"]] == ["x@acme.example"]
    assert as_auditor.get("/outbox/", {"status": "<b>"}).status_code == 200


def test_a_mail_that_was_written_to_a_file_can_be_read(
    as_auditor: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, str(tmp_path / "mail")
    one = queued(status="sent", sent_at=NOW, subject="Due soon")
    others = [queued(status="sent", sent_at=NOW) for _ in range(2)]
    with mail.get_connection(backend=FILE_BACKEND) as connection:
        for each in (others[0], one, others[1]):
            message = mail.EmailMultiAlternatives(
                f"Subject {each.message_id}",
                f"Text {each.pk} <b>",
                "sender@acme.example",
                [each.recipient],
                headers={"Message-ID": each.message_id},
            )
            message.attach_alternative("<p>never shown</p>", "text/html")
            connection.send_messages([message])
    page = as_auditor.get(f"/outbox/{one.pk}/").content.decode()
    assert f"Text {one.pk} &lt;b&gt;" in page
    assert str(others[0].pk) not in page
    assert "never shown" not in page


def test_without_its_file_the_page_says_so(
    as_auditor: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, str(tmp_path / "none")
    one = queued(status="sent", sent_at=NOW)
    page = as_auditor.get(f"/outbox/{one.pk}/").content.decode()
    assert "Its file is not there any more" in page


def test_with_a_mail_server_no_mail_can_be_read_here(as_auditor: Client) -> None:
    assert as_auditor.get(f"/outbox/{queued().pk}/").status_code == 404
