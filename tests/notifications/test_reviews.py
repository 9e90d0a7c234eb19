"""Reminders of reviews: one mail per reviewer and run, once per occasion, none when it is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outgoing

from tests.factories import NOW, actor_of, make_account, make_token
from tokens.models import Account, AuditEvent, Mail, Notice, Review, ReviewItem
from tokens.policy.days import midnight, utc_day
from tokens.policy.vocabulary import Role
from tokens.services.deliver import deliver_due
from tokens.services.reviews.close import close_review
from tokens.services.reviews.decide import decide, take_over
from tokens.services.reviews.remind import remind_reviewers, remind_reviewers_if_open_hours
from tokens.services.reviews.start import Asked, start_review

pytestmark = pytest.mark.django_db
MORNING = midnight(utc_day(NOW)) + timedelta(hours=9)


@pytest.fixture
def ada(db: None) -> Account:
    return make_account("ada@acme.example")


@pytest.fixture
def otto(db: None) -> Account:
    return make_account("otto@acme.example", role=Role.AUDITOR)


def start(ada: Account, reviewer: Account, days: int = 20, **more: Any) -> Review:
    asked = Asked(
        name=more.pop("name", "Autumn"), due_on=utc_day(MORNING) + timedelta(days=days),
        reviewer=reviewer, **more,
    )  # fmt: skip
    return start_review(asked=asked, asked_by=ada, actor=actor_of(ada), now=MORNING)


def run(now: datetime) -> list[tuple[str, str]]:
    """Plan and deliver at this moment; who got which subject."""
    outgoing.outbox.clear()
    remind_reviewers(now=now)
    remind_reviewers(now=now)
    deliver_due(now=now)
    return [(message.to[0], str(message.subject)) for message in outgoing.outbox]


def decided(review: Review, who: Account) -> None:
    items = list(
        ReviewItem.objects.filter(review=review, reviewer=who).values_list("pk", flat=True)
    )
    decide(review=review, items=items, decision="confirm", reason="", account=who,
           actor=actor_of(who), now=MORNING)  # fmt: skip


def test_from_start_until_done(ada: Account, otto: Account) -> None:
    make_token()
    review = start(ada, otto)
    told = {}
    for day in range(32):
        if mails := run(MORNING + timedelta(days=day)):
            told[day] = mails
    assert sorted(told) == [0, 13, 19, 20, 27]
    assert told[0] == [("otto@acme.example", "Access review due in 20 days: Autumn")]
    assert told[27] == [("otto@acme.example", "Access review 7 days overdue: Autumn")]
    decided(review, otto)
    assert not any(run(MORNING + timedelta(days=day)) for day in range(32, 60))
    entry = AuditEvent.objects.filter(kind="alert.sent").order_by("id")[0]
    assert entry.subject_name == "Autumn"


def test_one_mail_for_all_reviews_of_a_reviewer(ada: Account, otto: Account) -> None:
    make_token()
    start(ada, otto)
    start(ada, otto, days=3, name="Urgent")
    (mail,) = run(MORNING)
    assert mail == ("otto@acme.example", "2 access reviews wait for you, the first due in 3 days")
    body = str(outgoing.outbox[0].body)
    assert "1 token waits for your decision, due on " in body
    assert body.index("Urgent") < body.index("Autumn")
    assert "sk_" not in body


def test_each_reviewer_hears_of_their_own(ada: Account, otto: Account) -> None:
    one = make_token()
    make_token()
    review = start(ada, otto, by_company={one.company_id: ada})
    assert {address for address, _ in run(MORNING)} == {"ada@acme.example", "otto@acme.example"}
    decided(review, ada)
    later = run(MORNING + timedelta(days=14))
    assert [address for address, _ in later] == ["otto@acme.example"]


def test_a_queued_mail_is_dropped_once_it_is_done(ada: Account, otto: Account) -> None:
    make_token()
    review = start(ada, otto)
    assert remind_reviewers(now=MORNING).queued == 1
    decided(review, otto)
    assert remind_reviewers(now=MORNING).cancelled == 1
    assert set(Mail.objects.values_list("status", flat=True)) == {"cancelled"}


def test_what_is_no_longer_true_is_not_sent(ada: Account, otto: Account) -> None:
    make_token()
    review = start(ada, otto)
    remind_reviewers(now=MORNING)
    close_review(review=review, actor=actor_of(ada), now=MORNING)
    deliver_due(now=MORNING)
    assert outgoing.outbox == []
    assert set(Notice.objects.values_list("status", flat=True)) == {"cancelled"}


def test_whoever_takes_over_is_told_instead(ada: Account, otto: Account) -> None:
    make_token()
    review = start(ada, otto)
    run(MORNING)
    take_over(review=review, reviewer=otto, by=ada, actor=actor_of(ada), now=MORNING)
    assert [address for address, _ in run(MORNING + timedelta(hours=1))] == ["ada@acme.example"]
    assert run(MORNING + timedelta(hours=2)) == []


def test_who_cannot_sign_in_is_not_asked(ada: Account, otto: Account) -> None:
    make_token()
    start(ada, otto)
    Account.objects.filter(pk=otto.pk).update(is_active=False)
    assert run(MORNING) == []


def test_nothing_before_seven(ada: Account, otto: Account) -> None:
    make_token()
    start(ada, otto)
    assert remind_reviewers_if_open_hours(now=midnight(utc_day(NOW))) is None
    found = remind_reviewers_if_open_hours(now=MORNING)
    assert found is not None
    assert found.queued == 1
