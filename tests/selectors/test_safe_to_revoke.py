"""The checklist and the answer as rows say them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import ACTOR, NOW, make_token
from tokens.models import Secret, Token, Usage
from tokens.policy.safe_to_revoke import Answer, Reason
from tokens.policy.usage import HourMap
from tokens.selectors.safe_to_revoke import Switching, switching_of
from tokens.services.consumers import add_consumer, retire_consumer
from tokens.services.switch_consumer import switch_consumer

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
REPLACED_AT = NOW - timedelta(days=3)


def pair() -> tuple[Token, Token]:
    """A replaced token and the one that took its place."""
    old = make_token(
        integration_name="Night export",
        row={"state": "replaced", "replaced_at": REPLACED_AT},
    )
    new = make_token(integration=old.integration, company=old.company, row={"replaces": old})
    return old, new


def asked(token: Token, now: datetime = NOW) -> Switching:
    fresh = Token.objects.select_related("secret", "integration").get(pk=token.pk)
    found = switching_of(fresh, now)
    assert found is not None
    return found


def consumer(token: Token, name: str = "srv-12", **fields: str) -> Any:
    return add_consumer(
        integration=token.integration, name=name, actor=ACTOR, now=REPLACED_AT, **fields
    )


def seen(token: Token, source: str, *moments: datetime) -> None:
    hours = HourMap()
    for at in moments:
        hours = hours.mark(at, seen=True)
    looked, bits = hours.to_text()
    Usage.objects.create(
        secret=token.secret, source=source, first_seen_at=min(moments), last_seen_at=max(moments),
        anchor_at=hours.anchor, looked=looked, seen=bits,
    )  # fmt: skip


def looked(token: Token, hours: int) -> None:
    """Every hour up to now looked at, nothing seen."""
    found = HourMap()
    for back in range(hours):
        found = found.mark(NOW - back * HOUR, seen=False)
    bits = found.to_text()
    Usage.objects.create(
        secret=token.secret, source="headers", anchor_at=found.anchor, looked=bits[0], seen=bits[1]
    )


@pytest.mark.parametrize("state", ["active", "revoked"])
def test_only_of_a_replaced_one(state: str) -> None:
    assert switching_of(make_token(row={"state": state}), NOW) is None


def test_the_list_is_of_this_integration_and_environment_in_order() -> None:
    old, _ = pair()
    second, first = consumer(old, "srv-12", where="cron"), consumer(old, "A laptop")
    consumer(old, "only tests", environment="development")
    retire_consumer(consumer=consumer(old, "gone"), actor=ACTOR, now=NOW)
    switch_consumer(token=old, consumer=second, actor=ACTOR, now=NOW - HOUR)
    found = asked(old)
    assert [(line.name, line.at, line.by) for line in found.lines] == [
        (first.name, None, ""),
        ("srv-12", NOW - HOUR, ACTOR.name),
    ]
    assert (found.finding.answer, found.words.title) == (
        Answer.NOT_YET, "Not yet: 1 of 2 consumers have switched.",
    )  # fmt: skip


def test_a_tick_for_another_token_is_none_for_this_one() -> None:
    old, _ = pair()
    other = make_token(
        integration=old.integration, row={"state": "replaced", "replaced_at": REPLACED_AT}
    )
    one = consumer(old)
    switch_consumer(token=other, consumer=one, actor=ACTOR, now=NOW)
    assert asked(old).finding.ticked == 0
    assert asked(other).finding.answer is Answer.SAFE


def test_headers_say_how_far_they_looked_and_no_more() -> None:
    old, _ = pair()
    assert asked(old).finding.reason is Reason.NOBODY_LOOKED
    looked(old, 40)
    found = asked(old)
    assert (found.finding.answer, found.words.tone) == (Answer.CANNOT_TELL, "grey")
    text = " ".join(found.words.because)
    assert "nothing seen in 40 of 71 hours looked at" in text
    assert "Not seen is not the same as unused" in text


def test_all_ticked_is_safe_until_somebody_is_seen() -> None:
    old, _ = pair()
    switch_consumer(token=old, consumer=consumer(old), actor=ACTOR, now=NOW - 9 * HOUR)
    found = asked(old)
    assert (found.words.tone, found.words.title) == ("ok", "Safe to revoke.")
    assert "The one consumer is ticked, the last one 00:30 UTC" in found.words.because[0]
    assert "people’s word" in found.words.because[-1]
    seen(old, "headers", NOW - HOUR)
    found = asked(old)
    assert (found.words.tone, found.finding.answer) == ("red", Answer.STILL_USED)
    text = " ".join(found.words.because)
    assert "By call count seen in 1 of 1 hours looked at; 8 have passed." in text
    assert "Last seen in use 1 hour ago: Coolset counted calls that were not ours" in text


def test_reports_of_the_new_one_make_it_safe_and_of_the_old_one_do_not() -> None:
    old, new = pair()
    seen(new, "report", REPLACED_AT + HOUR, NOW - HOUR)
    found = asked(old)
    assert (found.finding.answer, found.finding.reason) == (Answer.SAFE, Reason.REPORTED)
    assert "For a whole day Night export reported the new one" in found.words.because[0]
    seen(old, "report", NOW - 2 * HOUR)
    assert asked(old).words.title == "Still used."
    assert "its integration reported it" in " ".join(asked(old).words.because)


def test_logs_count_as_far_as_they_cover() -> None:
    old, new = pair()
    seen(new, "log", REPLACED_AT + HOUR, NOW - HOUR)
    assert asked(old).finding.answer is Answer.CANNOT_TELL
    Secret.objects.filter(pk=old.secret_id).update(
        logs_cover_since=REPLACED_AT, logs_cover_until=NOW
    )
    assert asked(old).finding.reason is Reason.LOGGED


def test_a_value_that_is_used_elsewhere_is_not_safe_until_it_is_left_there_too() -> None:
    old, _ = pair()
    switch_consumer(token=old, consumer=consumer(old), actor=ACTOR, now=NOW - HOUR)
    assert asked(old).finding.answer is Answer.SAFE
    other = make_token(integration_name="Data lake")
    Token.objects.filter(pk=other.pk).update(secret=old.secret)
    assert asked(old).words.title == "Not yet: the same value is used elsewhere."
    Token.objects.filter(pk=other.pk).update(state="replaced", replaced_at=REPLACED_AT)
    assert asked(old).finding.reason is Reason.SHARED
    switch_consumer(token=other, consumer=consumer(other), actor=ACTOR, now=NOW - HOUR)
    assert asked(old).finding.answer is Answer.SAFE
    Token.objects.filter(pk=other.pk).update(state="active", replaced_at=None)
    assert asked(old).finding.reason is Reason.SHARED
    Token.objects.filter(pk=other.pk).update(state="revoked")
    assert asked(old).finding.answer is Answer.SAFE


def test_it_asks_the_database_twice(django_assert_num_queries: Any) -> None:
    old, _ = pair()
    for number in range(5):
        consumer(old, f"c{number}")
    fresh = Token.objects.select_related("secret", "integration").get(pk=old.pk)
    with django_assert_num_queries(2):  # the one that took its place, and all the rest
        switching_of(fresh, NOW)
