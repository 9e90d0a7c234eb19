"""Recording that somebody else may have a value, and what follows at once."""

from datetime import timedelta

import pytest

from tests.factories import ACTOR, NOW, accepted, make_account, make_token, token_value
from tokens.audit import verify
from tokens.errors import InvalidInput, WrongState
from tokens.models import AuditEvent, Compromise, Mail, Notice, Policy, Secret, Token
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import State
from tokens.selectors.compromise import lines
from tokens.selectors.facts import one
from tokens.selectors.policy_preview import effects
from tokens.selectors.verdict import verdict
from tokens.services.change_policy import change_policy
from tokens.services.compromise import mark_compromised, tick_compromise
from tokens.services.edit_token import edit_token
from tokens.services.record_revocation import record_revocation

pytestmark = pytest.mark.django_db
TODAY = midnight(utc_day(NOW))
BY = "ada@acme.example"


def mark(token: Token, **changes: str) -> Compromise:
    given = {"reason": "in a public repository", "by": BY, **changes}
    return mark_compromised(token=token, actor=ACTOR, now=NOW, **given)


def flags(token: Token) -> tuple[str, ...]:
    row = one(token.pk, DEFAULT, NOW)
    assert row is not None
    return row.flags


def revoke(token: Token) -> None:
    record_revocation(token=token, reason="leaked", by=BY, actor=ACTOR, now=NOW)


def test_every_row_of_the_value_is_due_today_and_flagged() -> None:
    value = token_value()
    rows = [make_token(value=value, allow_shared=True, company_name=name) for name in "AB"]
    late = make_token(row={"due_at": TODAY})
    Token.objects.update(remind_at=NOW + timedelta(days=60))
    mark(rows[0])
    for row in rows:
        row.refresh_from_db()
        assert (row.due_at, row.remind_at) == (TODAY, None)
        assert "compromised" in flags(row)
    late.refresh_from_db()
    assert late.remind_at is not None
    assert "compromised" not in flags(late)
    entries = AuditEvent.objects.filter(kind="token.compromised")
    assert {entry.subject_id for entry in entries} == {str(row.pk) for row in rows}
    assert '"by":"ada@acme.example"' in entries[0].data
    assert verify().ok


def test_a_due_day_that_is_past_stays_past() -> None:
    token = make_token(issued_at=NOW - timedelta(days=100))
    before = token.due_at
    mark(token)
    token.refresh_from_db()
    assert token.due_at == before < TODAY


def test_changes_of_policy_and_issue_day_keep_it_due() -> None:
    token, other = make_token(), make_token()
    mark(token)
    numbers = {"warn_days": 20, "unused_days": 30, "stale_hours": 48, "overlap_days": 7}
    change_policy(rotate_days=200, **numbers, actor=ACTOR, now=NOW)
    edit_token(token=token, issued_at=TODAY - timedelta(days=1), actor=ACTOR, now=NOW)
    token.refresh_from_db()
    other.refresh_from_db()
    assert token.due_at == TODAY
    assert other.due_at == TODAY + timedelta(days=Policy.objects.get().rotate_days)


def test_the_preview_of_a_policy_knows_that_it_stays_due() -> None:
    mark(make_token())
    make_token()
    tomorrow = NOW + timedelta(days=1)
    effect = {each.flag: each for each in effects(DEFAULT, Rules(rotate_days=200), tomorrow)}
    assert (effect["overdue"].before, effect["overdue"].after) == (1, 1)


def test_a_place_that_is_found_later_is_due_too() -> None:
    value = token_value()
    mark(make_token(value=value))
    assert make_token(value=value, allow_shared=True).due_at == TODAY


def test_owner_and_administrators_are_mailed_once() -> None:
    make_account("boss@acme.example")
    token = make_token(owner_email="owner@acme.example")
    mark(token)
    assert set(Mail.objects.values_list("recipient", "kind")) == {
        ("owner@acme.example", "compromised"),
        ("boss@acme.example", "compromised"),
    }
    assert Notice.objects.count() == 2


def test_coolset_is_asked_at_once_but_not_while_it_asks_us_to_wait() -> None:
    later = NOW + timedelta(hours=1)
    token = make_token(secret={"next_check_at": later})
    waits = make_token(secret={"next_check_at": later, "throttled_until": later})
    unheld = make_token(value=None)
    for each in (token, waits, unheld):
        mark(each)
    asked = {each.pk: each.next_check_at for each in Secret.objects.all()}
    assert asked[token.secret_id] == NOW
    assert asked[waits.secret_id] == later
    assert asked[unheld.secret_id] is None


def test_a_second_time_and_after_its_revocation_is_a_wrong_state() -> None:
    token, revoked = make_token(), make_token()
    mark(token)
    with pytest.raises(WrongState, match="already, on 2 Mar 2026"):
        mark(token)
    revoke(revoked)
    with pytest.raises(WrongState, match="revocation"):
        mark(revoked)
    assert Compromise.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"reason": " "}, "reason"), ({"by": ""}, "by"), ({"by": "ada"}, "by")],
)
def test_who_and_why_are_needed(changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        mark(make_token(), **changes)
    assert caught.value.field == field
    assert not Compromise.objects.exists()


def test_a_token_as_the_reason_is_refused_without_an_echo() -> None:
    value = token_value()
    with pytest.raises(InvalidInput) as caught:
        mark(make_token(), reason=f"found {value}")
    assert value not in repr(caught.value)


def test_the_flag_leaves_with_the_revocation() -> None:
    token = make_token(secret=accepted())
    mark(token)
    Token.objects.filter(pk=token.pk).update(state=State.REPLACED.value, replaced_at=NOW)
    assert flags(token) == ("compromised",)
    revoke(token)
    assert flags(token) == ()


def standings(token: Token) -> list[str]:
    return [line.item.standing for line in lines(Compromise.objects.get(secret=token.secret_id))]


def test_the_checklist_ticks_what_it_sees_and_keeps_what_people_say() -> None:
    token = make_token(secret=accepted())
    mark(token)
    assert standings(token) == ["current", "later", "later", "later", "later", "later"]
    for _ in range(2):
        tick_compromise(token=token, step="look", actor=ACTOR, now=NOW)
    assert standings(token)[-1] == "done"
    (last,) = (line for line in lines(Compromise.objects.get()) if line.item.step == "look")
    assert (last.by, last.at) == ("tests", NOW)
    tick_compromise(token=token, step="look", done=False, actor=ACTOR, now=NOW)
    assert standings(token)[-1] == "later"
    entries = AuditEvent.objects.filter(kind="token.compromise_step").order_by("id")
    assert [entry.data for entry in entries] == [
        '{"done":true,"step":"look"}',
        '{"done":false,"step":"look"}',
    ]
    revoke(token)
    assert standings(token) == ["done", "current", "done", "done", "later", "later"]


@pytest.mark.parametrize("step", ["rotate", "record", "proof", "everything", ""])
def test_what_the_product_sees_nobody_ticks(step: str) -> None:
    token = make_token()
    mark(token)
    with pytest.raises(InvalidInput):
        tick_compromise(token=token, step=step, actor=ACTOR, now=NOW)


def test_nothing_to_tick_without_a_record() -> None:
    with pytest.raises(WrongState):
        tick_compromise(token=make_token(), step="look", actor=ACTOR, now=NOW)


def test_the_verdict_says_it_first() -> None:
    used = NOW - timedelta(minutes=5)
    token = make_token(secret={**accepted(NOW - timedelta(hours=2)), "last_used_at": used})
    mark(token)
    found = verdict(token, DEFAULT, NOW + timedelta(minutes=1))
    assert (found.tone, found.title) == ("red", "Compromised. Rotate and revoke it now.")
    assert found.because == (
        "ada@acme.example said so at 09:30 UTC: “in a public repository”.",
        "Coolset still accepted it 2 hours ago.",
        "It was last seen in use 6 minutes ago, before that.",
    )
