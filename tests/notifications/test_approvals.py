"""Mails of the two-person rule: who may approve, and who asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from tests.factories import make_account
from tests.notifications.days import NOON, token_due_in
from tests.notifications.sink import Sink
from tests.notifications.test_delivery import body_of
from tokens.audit import Actor
from tokens.models import Account, AuditEvent, Notice
from tokens.policy.two_people import WAITS, Rule
from tokens.policy.vocabulary import Role
from tokens.services.approvals import (
    approve_request,
    ask_api_key,
    ask_revocation,
    refuse_request,
    withdraw_request,
)
from tokens.services.deliver import Delivered, deliver_due

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
ADA, BOB, EVE = (f"{name}@acme.example" for name in ("ada", "bob", "eve"))
AS_ADA, AS_BOB = Actor("account", ADA), Actor("account", BOB)


@pytest.fixture(autouse=True)
def _people(settings: Settings) -> None:
    settings.TWO_PERSON_RULE = frozenset(Rule)
    for email in (ADA, BOB, EVE):
        make_account(email)
    make_account("otto@acme.example", role=Role.AUDITOR)


def test_those_who_may_approve_are_told_at_once_and_the_asker_is_not(sink: Sink) -> None:
    one = ask_revocation(
        token=token_due_in(9), reason="The portal is gone.", by=ADA, actor=AS_ADA, now=NOON
    )
    assert deliver_due(now=NOON, connection_factory=sink.factory) == Delivered(sent=2)
    assert sorted(str(message["To"]) for message in sink.arrived) == [BOB, EVE]
    message = sink.arrived[0]
    assert message["Subject"].startswith("A request waits for a second person: revocation of ")
    for text in (body_of(message), body_of(message, "html")):
        for words in (ADA, "The portal is gone.", f"/approvals/{one.pk}/", "Whoever asked cannot"):
            assert words in text
    assert AuditEvent.objects.filter(kind="alert.sent").count() == 2


def test_what_is_settled_before_the_mail_goes_out_is_not_asked_any_more(sink: Sink) -> None:
    token = token_due_in(9)
    one = ask_revocation(token=token, reason="x", by=ADA, actor=AS_ADA, now=NOON)
    withdraw_request(approval=one, by=ADA, actor=AS_ADA, now=NOON)
    assert deliver_due(now=NOON, connection_factory=sink.factory).sent == 0
    ask_revocation(token=token, reason="x", by=ADA, actor=AS_ADA, now=NOON)
    late = NOON + WAITS
    assert deliver_due(now=late, connection_factory=sink.factory).sent == 0
    assert not Notice.objects.filter(status="queued").exists()


def test_who_asked_is_told_what_became_of_it(sink: Sink) -> None:
    revocation, key, other = (
        ask_revocation(token=token_due_in(9), reason="x", by=ADA, actor=AS_ADA, now=NOON),
        ask_api_key(name="Nightly", permissions=[], days=9, actor=AS_ADA, now=NOON),
        ask_api_key(name="Other", permissions=[], days=9, actor=AS_ADA, now=NOON),
    )
    for each in (revocation, key):
        approve_request(approval=each, by=BOB, actor=AS_BOB, now=NOON)
    refuse_request(approval=other, reason="Not that one.", by=BOB, actor=AS_BOB, now=NOON)
    deliver_due(now=NOON + timedelta(minutes=1), connection_factory=sink.factory)
    mails = [message for message in sink.arrived if message["To"] == ADA]
    mails.sort(key=lambda message: str(message["Subject"]))
    assert [str(message["Subject"]).partition(":")[0] for message in mails] == [
        "Your key was approved", "Your request was approved", "Your request was refused",
    ]  # fmt: skip
    assert "Collect it on the page below until " in body_of(mails[0])
    assert f"{BOB} approved it, and it is recorded." in body_of(mails[1])
    assert f"{BOB} refused it: Not that one." in body_of(mails[2])
    assert not any("ctgk_" in body_of(message) for message in sink.arrived)


def test_nobody_who_lost_the_role_is_told(sink: Sink) -> None:
    ask_revocation(token=token_due_in(9), reason="x", by=ADA, actor=AS_ADA, now=NOON)
    Account.objects.filter(email=EVE).update(is_active=False)
    deliver_due(now=NOON, connection_factory=sink.factory)
    assert [str(message["To"]) for message in sink.arrived] == [BOB]
