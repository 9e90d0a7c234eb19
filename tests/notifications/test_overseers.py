"""Admins of a company are told of its tokens as administrators are, and of nothing else."""

from datetime import timedelta

import pytest

from tests.factories import ACTOR, make_account, make_token
from tests.notifications.days import NOON
from tests.notifications.sink import Sink
from tokens.models import Company, Mail, Notice, Secret, Token
from tokens.notifications.overseers import overseers
from tokens.notifications.upcoming import next_reminder
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.alert import queue_alerts
from tokens.services.deliver import deliver_due
from tokens.services.memberships import end_role, give_role
from tokens.services.remind import plan_reminders

pytestmark = pytest.mark.django_db
ADA, BOSS, OWNER = "ada@near.example", "boss@acme.example", "owner@acme.example"


@pytest.fixture
def near() -> Company:
    make_account(BOSS)
    make_account(ADA, role=Role.MEMBER)
    company = make_token(company_name="Near GmbH", owner_email=OWNER, now=NOON).company
    give_role(company=company, email=ADA, role=CompanyRole.ADMIN, actor=ACTOR, now=NOON)
    return company


def overdue(company: str, label: str = "") -> Token:
    issued = NOON - timedelta(days=95)
    return make_token(
        company_name=company, label=label, issued_at=issued, owner_email=OWNER, now=NOON
    )


def told(kind: str = "reminder") -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    for address, token in Notice.objects.filter(kind=kind).values_list("recipient", "token"):
        found.setdefault(address, set()).add(token)
    return found


def test_who_they_are(near: Company) -> None:
    far = make_token(company_name="Far GmbH").company
    for role in (CompanyRole.VIEWER, CompanyRole.AUDITOR, CompanyRole.OPERATOR):
        make_account(f"{role.value}@near.example", role=Role.MEMBER)
        give_role(
            company=near, email=f"{role.value}@near.example", role=role, actor=ACTOR, now=NOON
        )
    assert overseers().of(near.pk) == (BOSS, ADA)
    assert overseers().of(far.pk) == (BOSS,)
    account = near.memberships.get(account__email=ADA).account
    account.is_active = False
    account.save()
    assert overseers().of(near.pk) == (BOSS,)


def test_overdue_tokens_of_their_company_are_reminded_to_them(near: Company) -> None:
    own = overdue("Near GmbH", "x")
    far = overdue("Far GmbH")
    plan_reminders(now=NOON)
    assert told() == {OWNER: {own.pk, far.pk}, BOSS: {own.pk, far.pk}, ADA: {own.pk}}
    own.refresh_from_db()
    coming = next_reminder(own, rules=DEFAULT, now=NOON)
    assert ADA in coming.recipients


def test_an_alert_of_another_company_does_not_reach_them(near: Company, sink: Sink) -> None:
    own, far = near.tokens.get(), overdue("Far GmbH")
    refused = {"health": "failing", "refused_since": NOON, "last_accepted_at": NOON}
    Secret.objects.update(**refused)
    queue_alerts(failing=[own.secret_id, far.secret_id], now=NOON)
    assert told("failing")[ADA] == {own.pk}
    deliver_due(now=NOON, connection_factory=sink.factory)
    (message,) = [each for each in sink.arrived if each["To"] == ADA]
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "as an admin of their company" in text
    assert "Far GmbH" not in text
    assert "audit trail" not in text.lower()  # its head is for administrators


def test_a_role_that_ended_gets_no_mail_that_waits(near: Company, sink: Sink) -> None:
    overdue("Near GmbH", "x")
    plan_reminders(now=NOON)
    account = near.memberships.get(account__email=ADA).account
    end_role(company=near, account_id=account.pk, actor=ACTOR, now=NOON)
    deliver_due(now=NOON, connection_factory=sink.factory)
    assert ADA not in sink.to
    assert Mail.objects.filter(recipient=ADA, status="sent").count() == 0
