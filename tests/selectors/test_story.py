"""A token's story: what people did, what Coolset answered, who was told; newest first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.selectors import build
from tokens.audit import Actor, Event, audited
from tokens.models import Check, Mail, Notice, Token, Usage
from tokens.policy.roles import Reach
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import State
from tokens.selectors.story import story

NOW = build.NOW
pytestmark = pytest.mark.django_db


def noted(event: Event, token: Token, hours_ago: float, /, **facts: object) -> None:
    actor = Actor("account", "anna@acme.example")
    with audited(actor=actor, now=build.ago(hours=hours_ago)) as trail:
        trail.add(event, token, company=token.company, **facts)


def checked(token: Token, outcome: str, first: float, last: float, **columns: Any) -> None:
    Check.objects.create(
        secret=token.secret,
        outcome=outcome,
        first_at=build.ago(hours=first),
        last_at=build.ago(hours=last),
        **columns,
    )


def told(token: Token, hours: float, **columns: Any) -> None:
    at = build.ago(hours=hours)
    to = columns["recipient"]
    mail = Mail.objects.create(
        recipient=to,
        kind=columns["kind"],
        message_id=f"<{Mail.objects.count()}@acme.example>",
        status="sent",
        created_at=at,
        sent_at=at,
    )
    Notice.objects.create(
        token=token, mail=mail, occasion="x", status="sent", created_at=at, sent_at=at, **columns
    )


def said(token: Token) -> list[tuple[str, str]]:
    return [(item.what, item.tone) for item in story(token, NOW)]


def test_the_story_of_a_token_that_came_to_fail() -> None:
    token = build.token()
    noted(Event.TOKEN_REGISTERED, token, 900, held=True)
    checked(token, "valid", 899, 1.5, count=812, status=200, latencies=[80, 84, 300])
    noted(Event.TOKEN_HEALTH_CHANGED, token, 899, old="unchecked", new="valid")
    checked(token, "unreachable", 1.2, 1.2, problem="timeout")
    checked(token, "unauthorized", 1, 1, status=401)
    noted(Event.TOKEN_HEALTH_CHANGED, token, 0.9, old="valid", new="failing")
    told(token, 0.8, kind="failing", recipient="owner@acme.example")
    told(token, 0.8, kind="failing", recipient="admin@acme.example")
    assert said(token) == [
        ("Alert mailed: Coolset refuses it", "blue"),
        ("Refused twice, now failing", "red"),
        ("Refused once", "amber"),
        ("Could not check: Coolset did not answer", "grey"),
        ("Worked, 812 checks in a row", "ok"),
        ("Token registered", "grey"),
    ]
    mailed, _, refused, _, run, stored = story(token, NOW)
    assert mailed.detail == "to admin@acme.example, owner@acme.example"
    assert refused.detail == "401"
    assert (run.since, run.at, run.detail) == (
        build.ago(hours=899),
        build.ago(hours=1.5),
        "median 84 ms",
    )
    assert (stored.entry, stored.detail) == (1, "by anna@acme.example")


def test_the_proof_of_a_revocation_is_told_step_by_step() -> None:
    token = build.token(state=State.REVOKED)
    noted(
        Event.REVOCATION_RECORDED,
        token,
        30,
        by="fin@acme.example",
        reason="left",
        at=NOW,
        proof="x",
    )
    noted(
        Event.REVOCATION_CONFIRMED,
        token,
        29,
        last_accepted=build.ago(hours=31),
        first_refused=build.ago(hours=29.5),
        others_accepted=11,
    )
    noted(Event.CIPHERTEXT_DESTROYED, token, 4, rows=1)
    destroyed, confirmed, recorded = story(token, NOW)
    assert destroyed.what == "Stored token destroyed"
    assert (confirmed.tone, confirmed.what) == ("ok", "Revocation confirmed")
    assert confirmed.detail == (
        "last accepted 23 Nov 2026, 02:30 UTC · first refused 23 Nov 2026, 04:00 UTC · "
        "others accepted in those minutes: 11 · by anna@acme.example"
    )
    assert recorded.detail == (
        "revoked by fin@acme.example · 24 Nov 2026, 09:30 UTC · left · by anna@acme.example"
    )


def test_a_contradiction_names_whom_it_may_have_hit() -> None:
    token = build.token(state=State.REVOKED)
    noted(Event.REVOCATION_CONTRADICTED, token, 1, last_accepted=NOW, suspects=["Portal · Acme"])
    (item,) = story(token, NOW)
    assert item.tone == "red"
    assert "may have hit Portal · Acme" in item.detail


def test_whoever_reaches_some_companies_alone_hears_of_no_other_token() -> None:
    token = build.token(state=State.REVOKED)
    noted(Event.REVOCATION_CONTRADICTED, token, 1, last_accepted=NOW, suspects=["Portal · Acme"])
    noted(Event.REVOCATION_CONFIRMED, token, 2, last_accepted=NOW, others_accepted=11)
    items = story(token, NOW, reach=Reach(frozenset({token.company_id})))
    assert [item.detail for item in items] == [
        "accepted 24 Nov 2026, 09:30 UTC · by anna@acme.example",
        "last accepted 24 Nov 2026, 09:30 UTC · by anna@acme.example",
    ]


def test_a_replaced_token_knows_that_it_was_replaced_and_no_more_of_its_heir() -> None:
    old = build.token(state=State.REPLACED)
    new = build.token(replaces=old)
    noted(Event.ROTATION_ACCEPTED, new, 3, old_token=old.pk, new_token=new.pk, hint="…44d1")
    noted(Event.TOKEN_EDITED, new, 2, fields=["label"])
    assert said(old) == [("Replaced by a new token", "grey")]
    assert [what for what, _ in said(new)] == [
        "Token edited",
        "New token accepted, the old one is replaced",
    ]


def test_use_is_told_with_the_hours_that_were_looked_at() -> None:
    token = build.token()
    hours = HourMap(None, 0, 0)
    for ago, seen in ((9, True), (6, False), (3, True)):
        hours = hours.mark(build.ago(hours=ago), seen)
    looked, seen_text = hours.to_text()
    Usage.objects.create(
        secret=token.secret,
        source="headers",
        first_seen_at=build.ago(hours=9),
        last_seen_at=build.ago(hours=3),
        anchor_at=hours.anchor,
        looked=looked,
        seen=seen_text,
    )
    Usage.objects.create(
        secret=token.secret,
        source="report",
        first_seen_at=build.ago(hours=2),
        last_seen_at=build.ago(hours=1),
    )
    reported, by_headers = story(token, NOW)
    assert (reported.what, reported.detail) == ("Seen in use", "reported by its integration")
    assert by_headers.detail == (
        "somebody else called: fewer calls were left than ours explain · in 2 of 3 hours looked at"
    )


@pytest.mark.parametrize(
    ("threshold", "what"),
    [
        (14, "Reminder mailed, the one for 14 days left"),
        (1, "Reminder mailed, the one for 1 day left"),
        (0, "Reminder mailed, the one for the due day"),
        (-7, "Reminder mailed, the one for 7 days overdue"),
    ],
)
def test_a_reminder_names_its_threshold(threshold: int, what: str) -> None:
    token = build.token()
    told(token, 1, kind="reminder", threshold=threshold, recipient="owner@acme.example")
    assert said(token) == [(what, "blue")]


def test_other_tokens_have_their_own_story_and_a_long_one_is_cut() -> None:
    token, other = build.token(), build.token(label="other")
    for place in reversed(range(5)):
        noted(Event.TOKEN_EDITED, token, place, fields=["label"])
    assert story(other, NOW) == ()
    assert len(story(token, NOW, limit=3)) == 3
    assert story(token, NOW, limit=3)[0].at == NOW


def test_the_queries_do_not_grow_with_the_story(django_assert_max_num_queries: Any) -> None:
    token = build.token()
    for place in range(20):
        noted(Event.TOKEN_EDITED, token, place, fields=["label"])
        checked(token, "valid", place + 1, place + 0.5)
    with django_assert_max_num_queries(5):
        assert len(story(token, NOW + timedelta(days=1))) == 40
