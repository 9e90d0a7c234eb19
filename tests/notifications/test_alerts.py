"""What cannot wait: one mail per recipient and sweep, the same trouble told once."""

from datetime import timedelta

import pytest

from tests.factories import accepted, failing, make_account, make_person, make_token
from tests.notifications.days import NOON
from tests.notifications.sink import Sink
from tokens.models import AuditEvent, Incident, Mail, Notice, Revocation, Secret, Token
from tokens.policy.vocabulary import Proof, State
from tokens.services.alert import queue_alerts, release_alerts
from tokens.services.deliver import Delivered, deliver_due

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]

OWNER = "owner@example.com"
BOSS = "boss@example.com"
SINCE = NOON - timedelta(minutes=6)


@pytest.fixture(autouse=True)
def _boss() -> None:
    make_account(BOSS)


def failing_token(**fields: str) -> Token:
    return make_token(
        owner_email=OWNER,
        secret=failing(SINCE, accepted_at=NOON - timedelta(hours=1)),
        **fields,  # type: ignore[arg-type]  # a test's own keywords
    )


def contradicted(token: Token) -> Revocation:
    Token.objects.filter(pk=token.pk).update(state=State.REVOKED.value)
    return Revocation.objects.create(
        secret=token.secret,
        token=token,
        reason="rotated",
        by=OWNER,
        recorded_by=OWNER,
        revoked_at=NOON - timedelta(hours=3),
        recorded_at=NOON - timedelta(hours=2),
        proof=Proof.CONTRADICTED.value,
        last_accepted_at=NOON,
        contradicted_at=NOON,
    )


def deliver(sink: Sink) -> Delivered:
    return deliver_due(now=NOON.replace(hour=3), connection_factory=sink.factory)


def text_to(sink: Sink, recipient: str) -> str:
    (message,) = [each for each in sink.arrived if each["To"] == recipient]
    body = message.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return f"{message['Subject']}\n{text}"


def test_mixed_news_of_one_sweep_share_one_mail_at_any_hour(sink: Sink) -> None:
    token, other = failing_token(), make_token(owner_email=OWNER, secret=accepted(NOON))
    revocation = contradicted(other)
    queued = queue_alerts(failing=[token.secret_id], contradicted=[revocation.pk], now=NOON)
    assert queued == 4
    assert Mail.objects.count() == 2
    assert deliver(sink) == Delivered(sent=4)
    assert sink.to == [BOSS, OWNER]
    text = text_to(sink, OWNER)
    assert text.startswith("Recorded as revoked, but still works: ")
    assert "(and 1 more)" in text
    assert "Coolset refuses it since 10 March 2026, 11:54 UTC." in text
    assert "It worked until 10 March 2026, 11:00 UTC." in text
    assert "still works: accepted on 10 March 2026, 12:00 UTC." in text
    assert f"/tokens/{token.pk}/" in text
    assert AuditEvent.objects.filter(kind="alert.sent").count() == 4


def test_the_same_trouble_is_told_once_and_a_new_one_again() -> None:
    token = failing_token()
    assert queue_alerts(failing=[token.secret_id], now=NOON) == 2
    assert queue_alerts(failing=[token.secret_id], now=NOON) == 0
    Secret.objects.filter(pk=token.secret_id).update(refused_since=NOON + timedelta(days=1))
    assert queue_alerts(failing=[token.secret_id], now=NOON + timedelta(days=1)) == 2


def test_every_row_of_a_shared_secret_is_told_of() -> None:
    token = failing_token()
    second = make_token(owner_email="other@example.com")
    Token.objects.filter(pk=second.pk).update(secret=token.secret)
    queue_alerts(failing=[token.secret_id], now=NOON)
    told = Notice.objects.values_list("recipient", "token")
    assert sorted(told) == sorted(
        [(BOSS, token.pk), (BOSS, second.pk), (OWNER, token.pk), ("other@example.com", second.pk)]
    )


def test_a_replaced_token_that_stops_working_is_what_was_wanted() -> None:
    token = failing_token()
    Token.objects.filter(pk=token.pk).update(state=State.REPLACED.value, replaced_at=NOON)
    assert queue_alerts(failing=[token.secret_id], now=NOON) == 0


def test_what_recovered_before_sending_is_not_told(sink: Sink) -> None:
    token = failing_token()
    queue_alerts(failing=[token.secret_id], now=NOON)
    Secret.objects.filter(pk=token.secret_id).update(**accepted(NOON), refused_since=None)
    assert deliver(sink) == Delivered(cancelled=2)
    assert sink.arrived == []


def test_an_alert_goes_to_who_is_responsible_when_it_is_sent(sink: Sink) -> None:
    token = failing_token()
    queue_alerts(failing=[token.secret_id], now=NOON)
    Token.objects.filter(pk=token.pk).update(owner=make_person("new@example.com"))
    deliver(sink)
    deliver(sink)
    assert sink.to == [BOSS, "new@example.com"]


def test_many_unreadable_values_are_one_mail_to_administrators(sink: Sink) -> None:
    tokens = [
        make_token(owner_email=OWNER, secret={"last_outcome": "unreadable"}) for _ in range(60)
    ]
    ids = [token.secret_id for token in tokens]
    assert queue_alerts(unreadable=ids, now=NOON) == 60
    assert queue_alerts(unreadable=ids, now=NOON + timedelta(hours=1)) == 0
    assert deliver(sink) == Delivered(sent=60)
    assert sink.to == [BOSS]
    text = text_to(sink, BOSS)
    assert text.startswith("60 tokens: stored value cannot be opened")
    assert "And 10 more" in text
    assert "Audit trail: entry " in text


def test_an_incident_is_one_alert_to_administrators(sink: Sink) -> None:
    incident = Incident.objects.create(begun_at=SINCE, last_bad_at=NOON, watched=400, bad=390)
    assert queue_alerts(incident=incident, now=NOON) == 1
    assert queue_alerts(incident=incident, now=NOON) == 0
    assert deliver(sink) == Delivered(sent=1)
    text = text_to(sink, BOSS)
    assert "390 of 400 tokens that worked before" in text
    assert "http://testserver/" in text


def test_an_incident_that_ended_before_sending_is_not_told(sink: Sink) -> None:
    incident = Incident.objects.create(begun_at=SINCE, last_bad_at=NOON, watched=40, bad=39)
    queue_alerts(incident=incident, now=NOON)
    Incident.objects.update(ended_at=NOON)
    assert deliver(sink) == Delivered(cancelled=1)


def test_batches_of_one_sweep_share_the_mail_that_is_held_until_its_end(sink: Sink) -> None:
    first, second = failing_token(), failing_token()
    queue_alerts(failing=[first.secret_id], hold=True, now=NOON.replace(hour=3))
    queue_alerts(failing=[second.secret_id], hold=True, now=NOON.replace(hour=3))
    assert Mail.objects.count() == 2
    assert deliver(sink) == Delivered()
    release_alerts(now=NOON.replace(hour=3))
    assert deliver(sink) == Delivered(sent=4)


def test_without_anybody_to_tell_nothing_is_queued() -> None:
    type(make_account()).objects.update(is_active=False)
    token = failing_token()
    Token.objects.filter(pk=token.pk).update(owner=None)
    assert queue_alerts(failing=[token.secret_id], now=NOON) == 0
    assert not Mail.objects.exists()
