"""Coolset answers 401, or 503, for every token: one alert, and nothing flips."""

from __future__ import annotations

import time

import pytest

from tests.faults import invariants
from tests.faults.campaign import ADMINISTRATOR, CONFIRM_SECONDS, LONG, Campaign
from tests.journeys.instance import until

pytestmark = [pytest.mark.fault, pytest.mark.enable_socket]
TOKENS = 10_000 if LONG else 240


@pytest.mark.parametrize("kind", ["refuse_all", "fail_all"])
def test_one_alert_and_nothing_flips(campaign: Campaign, kind: str) -> None:
    c = campaign
    c.import_tokens(TOKENS)
    c.sweep(600)
    # One of them is to be revoked: the vendor's failure must not pass for its proof.
    token = c.rows("SELECT id FROM tokens_token WHERE label = 'f0'")[0][0]
    words = ("--reason", "the fault campaign", "--by", ADMINISTRATOR)
    c.instance.run("record_revocation", str(token), *words)

    c.coolset.outage(kind)
    for _ in range(3):
        c.inject(f"{kind} for a sweep of all tokens")
        c.make_due()
        c.sweep(600)
        time.sleep(CONFIRM_SECONDS)
    invariants.health_is(c, valid=TOKENS)
    _nothing_was_proved(c)
    _one_alert(c)

    c.coolset.outage(None)
    c.make_due()
    c.sweep(600)
    assert c.count("SELECT count(*) FROM tokens_incident WHERE ended_at IS NULL") == 0
    invariants.health_is(c, valid=TOKENS)
    _one_alert(c)
    invariants.after_every_fault(c)


def _nothing_was_proved(c: Campaign) -> None:
    proved = "SELECT count(*) FROM tokens_revocation WHERE proof = 'confirmed'"
    assert c.count(proved) == 0
    assert c.count("SELECT count(*) FROM tokens_token WHERE sealed IS NULL") == 0
    c.checked.append("no revocation confirmed, no ciphertext destroyed")


def _one_alert(c: Campaign) -> None:
    assert c.count("SELECT count(*) FROM tokens_incident") == 1
    c.publish("deliver")
    told = "SELECT kind, recipient FROM tokens_mail WHERE status = 'sent' AND kind <> 'reminder'"
    until(lambda: len(c.rows(told)) >= 1, "the alert is sent")
    about = [row for row in c.rows(told) if row[0] not in {"contradicted"}]
    assert [tuple(row) for row in about] == [("incident", ADMINISTRATOR)]
    c.checked.append("one incident, one alert")
