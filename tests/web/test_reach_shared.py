"""Roles in single companies: what a token's page says of a value that another company has, too.

Whatever state it is in. Each function that brings one about returns the token in sight.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, failing, make_token, token_value
from tests.web.near_and_far import UNSEEN, Pair, make_pair, member, page
from tests.web.test_reach import MARKER
from tokens.audit import Actor, Event, audited
from tokens.models import (
    Account,
    Check,
    Notice,
    Revocation,
    Secret,
    Token,
)
from tokens.notifications.letters import alert_letter
from tokens.policy.vocabulary import CompanyRole, Proof, State
from tokens.services.alert import queue_alerts
from tokens.services.approvals import ask_usage_key
from tokens.services.compromise import mark_compromised
from tokens.services.record_revocation import record_revocation

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(administrator: Account) -> Pair:
    return make_pair()


def as_it_is(pair: Pair) -> Token:
    """Nothing happened to it."""
    return pair.own


def replaced(pair: Pair) -> Token:
    now = timezone.now() - timedelta(days=30)
    Token.objects.filter(pk=pair.own.pk).update(state=State.REPLACED.value, replaced_at=now)
    return pair.own


def refused(pair: Pair) -> Token:
    now = timezone.now()
    at = now - timedelta(minutes=9)
    _refuse(pair.own, at, accepted_at=now - timedelta(days=1))
    Check.objects.create(
        secret=pair.other.secret, outcome="valid", status=200, first_at=at, last_at=now, count=3
    )
    return pair.own


def compromised_elsewhere(pair: Pair) -> Token:
    """Recorded before there was a row in sight."""
    said = {"reason": f"{MARKER} leak", "by": f"{MARKER}@acme.example"}
    lone = make_token(
        company_name=pair.foreign.company.name, integration_name=f"{MARKER} early",
        value=(value := token_value()),
    )  # fmt: skip
    mark_compromised(token=lone, **said, actor=ACTOR, now=timezone.now())
    return make_token(
        now=timezone.now() + timedelta(minutes=1), company_name="Near GmbH", value=value,
        allow_shared=True,
    )  # fmt: skip


def proved(pair: Pair) -> Token:
    found = _revoked(pair)
    found.proof, found.witness_count = Proof.CONFIRMED.value, 417
    found.witnesses = [
        {"id": str(pair.other.pk), "name": f"{MARKER} witness", "accepted_at": ""},
        {"id": str(pair.alone.pk), "name": "Near witness", "accepted_at": ""},
    ]
    found.last_accepted_at = found.first_refused_at = found.confirmed_at = found.recorded_at
    found.save()
    return pair.own


def contradicted(pair: Pair) -> Token:
    """Recorded for the foreign row; another token of that company is refused since."""
    found = _revoked(pair)
    found.proof = Proof.CONTRADICTED.value
    found.save()
    _refuse(pair.other, timezone.now(), accepted_at=found.recorded_at)
    return pair.own


def _refuse(token: Token, since: datetime, *, accepted_at: datetime) -> None:
    columns = failing(since, accepted_at=accepted_at)
    Secret.objects.filter(pk=token.secret_id).update(**columns)


def _revoked(pair: Pair) -> Revocation:
    said: dict[str, Any] = {"reason": "no longer needed", "by": "ada@acme.example"}
    return record_revocation(token=pair.foreign, **said, actor=ACTOR, now=timezone.now())


STATES = [as_it_is, replaced, refused, compromised_elsewhere, proved, contradicted]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", [CompanyRole.VIEWER, CompanyRole.ADMIN])
def test_a_shared_value_names_no_other_company(
    pair: Pair, role: CompanyRole, state: Callable[[Pair], Token]
) -> None:
    token = state(pair)
    client = member(pair, role)
    for tail in ("", "compromised/"):
        text = page(client, token, tail)
        assert MARKER not in text.lower(), tail
        assert str(pair.foreign.pk) not in text
        assert str(pair.other.pk) not in text
        assert not re.search(r"\b417\b", text)
    text = page(client, token)
    assert UNSEEN in text
    assert ("Other tokens kept working through those minutes" in text) is (state is refused)


@pytest.mark.parametrize("state", STATES)
def test_an_administrator_sees_all_of_it(
    pair: Pair, state: Callable[[Pair], Token], as_administrator: Client
) -> None:
    """So the other test would find it, were it there."""
    token = state(pair)
    text = page(as_administrator, token)
    assert f"{MARKER} GmbH" in text
    assert UNSEEN not in text
    assert (f"{MARKER} leak" in text) is (state is compromised_elsewhere)
    assert (f"{MARKER} witness" in text) is (state is proved)
    assert ("1 other token kept working" in text) is (state is refused)
    assert (f"/tokens/{pair.other.pk}/" in text) is (state in {proved, contradicted})


def test_the_proof_names_witnesses_of_ones_own_and_counts_none(pair: Pair) -> None:
    proved(pair)
    text = page(member(pair, CompanyRole.VIEWER), pair.own)
    assert "Near witness" in text
    assert "Other tokens worked in those minutes" in text
    assert "other tokens were accepted in those minutes" in text


def test_the_proof_over_the_api_counts_ones_own_alone(pair: Pair, as_administrator: Client) -> None:
    proved(pair)
    address = f"/api/v1/tokens/{pair.own.pk}/revocation/"
    told = member(pair, CompanyRole.VIEWER).get(address).json()
    assert told["others_accepted"] == 1
    assert as_administrator.get(address).json()["others_accepted"] == 417


def test_the_trail_does_not_count_the_rows_of_a_value(pair: Pair, as_administrator: Client) -> None:
    with audited(actor=ACTOR, now=timezone.now()) as trail:
        trail.add(Event.CIPHERTEXT_DESTROYED, pair.own, key_id="k-1", rows=7)
    asked = f"/audit/?kind=ciphertext.destroyed&subject={pair.own.pk}"
    for client, counted in ((member(pair, CompanyRole.VIEWER), False), (as_administrator, True)):
        found = client.get(asked).context["lines"]
        assert ["rows" in {fact.label.lower() for fact in line.facts} for line in found] == [
            counted
        ]


def test_a_mail_tells_nothing_that_was_said_of_a_row_elsewhere(pair: Pair) -> None:
    """Alerts are queued for all rows of a value, as when the reader of an earlier one has left."""
    row = compromised_elsewhere(pair)
    member(pair, CompanyRole.ADMIN)
    Notice.objects.all().delete()
    queue_alerts(compromised=[row.secret_id], now=timezone.now())
    (notice,) = Notice.objects.filter(recipient="mia@near.example")
    told = str(alert_letter([notice]))
    assert "Near GmbH" in told
    assert MARKER not in told.lower()


def test_who_asks_for_a_key_of_a_shared_integration_is_the_organisations_to_know(
    pair: Pair, as_administrator: Client
) -> None:
    asker = Actor("account", "asker@organisation.example")
    ask_usage_key(integration=pair.own.integration, actor=asker, now=timezone.now())
    at = f"/integrations/{pair.own.integration_id}/"
    assert "asker@organisation" in as_administrator.get(at).content.decode()
    assert "asker@organisation" not in member(pair, CompanyRole.ADMIN).get(at).content.decode()
