"""The hold's page, and the outbox."""

from pathlib import Path

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tests.factories import NOW
from tokens.audit import Event
from tokens.models import AuditEvent, Incident, Mail
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
