"""Policies made, changed, removed and chosen: tokens follow in the same transaction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import ACTOR, NOW, make_company, make_integration, make_token
from tokens.audit import Event
from tokens.errors import AlreadyKnown, InvalidInput, NotFound, WrongState
from tokens.models import AuditEvent, Policy, Token
from tokens.models.base import new_id
from tokens.policy.book import BASE, PolicyFacts
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import Rules
from tokens.services.apply_policies import align_policies
from tokens.services.assign_policy import assign_policy
from tokens.services.change_policy import change_policy, edit_policy
from tokens.services.create_policy import create_policy
from tokens.services.edit_token import edit_token
from tokens.services.remove_policy import remove_policy

pytestmark = pytest.mark.django_db

TODAY = midnight(utc_day(NOW))
GONE = new_id()
LATER = NOW + timedelta(hours=1)


def rules(days: int = 30, **numbers: Any) -> Rules:
    return Rules(**{"rotate_days": days, "thresholds": (14, 7, 1, 0), **numbers})


def create(name: str = "Admin scope", days: int = 30, **place: Any) -> Policy:
    place = place or {"scope": "admin"}
    proposal = PolicyFacts(0, name, rules(days), **place)
    return create_policy(proposal=proposal, actor=ACTOR, now=NOW)


def edit(policy: Policy, days: int = 30, changed: Rules | None = None, **place: Any) -> Policy:
    what = {"name": policy.name, "scope": "admin", **place}
    proposal = PolicyFacts(policy.pk, rules=changed or rules(days), **what)
    return edit_policy(proposal=proposal, actor=ACTOR, now=LATER)


def state(token: Token) -> tuple[int | None, int]:
    """The policy and in how many days it is due."""
    token.refresh_from_db()
    return token.policy_id, (token.due_at - TODAY).days


def entries(kind: Event) -> list[dict[str, Any]]:
    found = AuditEvent.objects.filter(kind=kind).order_by("id")
    return [json.loads(entry.data) for entry in found]


def remind(token: Token) -> None:
    Token.objects.filter(pk=token.pk).update(remind_at=NOW)


def test_tokens_that_are_here_follow_a_new_policy_and_others_stay() -> None:
    admin, read = make_token(scope="admin"), make_token(scope="read")
    gone = make_token(scope="admin", row={"state": "revoked"})
    for token in (admin, read, gone):
        remind(token)
    policy = create()
    assert [state(token) for token in (admin, read, gone)] == [
        (policy.pk, 30),
        (None, 90),
        (None, 90),
    ]
    assert (admin.remind_at, read.remind_at, gone.remind_at) == (None, NOW, NOW)
    entry = entries(Event.POLICY_CREATED)[0]
    assert (entry["applies_to"], entry["rotate_days"], entry["count"]) == ("admin tokens", 30, 1)


def test_a_token_stored_later_goes_by_it_from_the_start() -> None:
    policy = create()
    assert state(make_token(scope="admin")) == (policy.pk, 30)
    assert state(make_token(scope="admin", issued_at=None)) == (policy.pk, 14)
    assert state(make_token(scope="read")) == (None, 90)


def test_a_corrected_issue_day_counts_by_the_tokens_own_policy() -> None:
    policy = create()
    token = make_token(scope="admin")
    edit_token(token=token, issued_at=NOW - timedelta(days=10), actor=ACTOR, now=NOW)
    assert state(token) == (policy.pk, 20)


def test_the_more_specific_policy_wins_whichever_came_first() -> None:
    integration = make_integration()
    token = make_token(scope="admin", integration=integration)
    narrow = create("Portal admins", 20, integration=integration.pk, scope="admin")
    create()
    assert state(token) == (narrow.pk, 20)


def test_a_change_of_the_place_moves_tokens_in_and_out() -> None:
    policy = create()
    admin, write = make_token(scope="admin"), make_token(scope="write")
    edit(policy, scope="write")
    assert (state(admin), state(write)) == ((None, 90), (policy.pk, 30))
    entry = entries(Event.POLICY_CHANGED)[0]
    assert (entry["fields"], entry["old"], entry["new"]) == (["scope"], ["admin"], ["write"])


def test_an_entry_names_the_company_and_no_number() -> None:
    policy, company = create(), make_company("Acme GmbH")
    edit(policy, company=company.pk)
    assert entries(Event.POLICY_CHANGED)[0]["new"] == ["Acme GmbH"]


def test_a_change_of_numbers_moves_due_days() -> None:
    policy, token = create(), make_token(scope="admin")
    edit(policy, days=20)
    assert state(token) == (policy.pk, 20)


@pytest.mark.parametrize("numbers", [{"thresholds": (5, 0)}, {"overlap_days": 3}])
def test_other_days_of_reminders_are_decided_anew(numbers: dict[str, Any]) -> None:
    policy = create()
    admin, read = make_token(scope="admin"), make_token(scope="read")
    remind(admin)
    remind(read)
    edit(policy, changed=rules(**numbers))
    assert state(admin) == (policy.pk, 30)
    assert admin.remind_at is None
    read.refresh_from_db()
    assert read.remind_at == NOW


def test_the_same_again_changes_nothing() -> None:
    policy, token = create(), make_token(scope="admin")
    remind(token)
    edit(policy)
    token.refresh_from_db()
    assert token.remind_at == NOW
    assert not entries(Event.POLICY_CHANGED)


def test_the_base_policy_changes_only_its_own_tokens() -> None:
    policy = create()
    admin, read = make_token(scope="admin"), make_token(scope="read")
    change_policy(
        rotate_days=60, warn_days=14, unused_days=30, stale_hours=48, overlap_days=7,
        actor=ACTOR, now=NOW,
    )  # fmt: skip
    assert (state(admin), state(read)) == ((policy.pk, 30), (None, 60))


def test_a_change_of_the_base_numbers_keeps_its_thresholds() -> None:
    base = PolicyFacts(BASE, "", Rules(thresholds=(10, 0)))
    edit_policy(proposal=base, actor=ACTOR, now=NOW)
    numbers = {"rotate_days": 90, "warn_days": 14, "unused_days": 30, "stale_hours": 48}
    change_policy(**numbers, overlap_days=8, actor=ACTOR, now=NOW)
    assert Policy.objects.get(pk=BASE).rules().thresholds == (10, 0)


def test_after_removal_the_next_most_specific_one_counts() -> None:
    integration = make_integration()
    token = make_token(scope="admin", integration=integration)
    revoked = make_token(scope="admin", integration=integration, label="old")
    wide = create()
    narrow = create("Portal admins", 20, integration=integration.pk, scope="admin")
    Token.objects.filter(pk=revoked.pk).update(state="revoked")
    remind(token)
    assert remove_policy(policy_id=narrow.pk, actor=ACTOR, now=LATER) == 1
    assert state(token) == (wide.pk, 30)
    assert token.remind_at is None
    assert state(revoked)[0] is None
    assert entries(Event.POLICY_REMOVED) == [
        {"applies_to": f"admin tokens of {integration.name}", "count": 1}
    ]


def test_the_base_policy_cannot_be_removed_named_or_narrowed() -> None:
    create()
    with pytest.raises(InvalidInput):
        remove_policy(policy_id=BASE, actor=ACTOR, now=NOW)
    for name, scope in (("Base", ""), ("", "admin")):
        proposal = PolicyFacts(BASE, name, Rules(), scope=scope)
        with pytest.raises(InvalidInput) as caught:
            edit_policy(proposal=proposal, actor=ACTOR, now=NOW)
        assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("proposal", "field"),
    [
        (PolicyFacts(0, " ", rules(), scope="admin"), "name"),
        (PolicyFacts(0, "x" * 101, rules(), scope="admin"), "name"),
        (PolicyFacts(0, "x", rules(), scope="all"), "scope"),
        (PolicyFacts(0, "x", rules(), environment="test"), "environment"),
        (PolicyFacts(0, "x", rules(3651)), "rotate_days"),
        (PolicyFacts(0, "x", rules(10, thresholds=(1,))), "warn_days"),
        (PolicyFacts(0, "x", rules(14)), "thresholds"),
        (PolicyFacts(0, "x", rules(thresholds=())), "thresholds"),
        (PolicyFacts(0, "x", rules(), company=GONE), "company"),
        (PolicyFacts(0, "x", rules(), integration=GONE), "integration"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(proposal: PolicyFacts, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        create_policy(proposal=proposal, actor=ACTOR, now=NOW)
    assert caught.value.field == field
    assert not Policy.objects.exclude(pk=BASE).exists()


@pytest.mark.parametrize(
    ("name", "place", "field"),
    [("admin SCOPE", {"scope": "read"}, "name"), ("Other", {"scope": "admin"}, "scope")],
)
def test_a_taken_name_or_place_is_named(name: str, place: dict[str, Any], field: str) -> None:
    create()
    with pytest.raises(AlreadyKnown) as caught:
        create(name, **place)
    assert caught.value.field == field


def test_a_choice_by_hand_beats_the_place_and_can_be_taken_back() -> None:
    token, other = make_token(scope="admin"), make_token(scope="admin")
    wide = create()
    hand = create_policy(proposal=PolicyFacts(0, "Legacy", rules(180)), actor=ACTOR, now=NOW)
    assert state(token) == (wide.pk, 30)
    ids = [token.pk]
    assert assign_policy(token_ids=ids, policy=hand.pk, actor=ACTOR, now=LATER) == 1
    assert (state(token), state(other)) == ((hand.pk, 180), (wide.pk, 30))
    assert assign_policy(token_ids=ids, policy=hand.pk, actor=ACTOR, now=LATER) == 0
    assert assign_policy(token_ids=ids, policy=BASE, actor=ACTOR, now=LATER) == 1
    assert state(token) == (None, 90)
    assert assign_policy(token_ids=ids, policy=None, actor=ACTOR, now=LATER) == 1
    assert state(token) == (wide.pk, 30)
    assert entries(Event.TOKEN_POLICY_CHANGED) == [
        {"old": "by its place", "new": "Legacy"},
        {"old": "Legacy", "new": "Base policy"},
        {"old": "Base policy", "new": "by its place"},
    ]


def test_a_removed_policy_is_chosen_for_nobody_and_each_token_has_its_entry() -> None:
    tokens = [make_token(), make_token(), make_token(row={"state": "replaced", "replaced_at": NOW})]
    hand = create_policy(proposal=PolicyFacts(0, "Legacy", rules(180)), actor=ACTOR, now=NOW)
    ids = [token.pk for token in tokens]
    assign_policy(token_ids=ids, policy=hand.pk, actor=ACTOR, now=NOW)
    Token.objects.filter(pk=ids[0]).update(state="revoked")
    assert remove_policy(policy_id=hand.pk, actor=ACTOR, now=LATER) == 2
    assert [state(token)[0] for token in tokens] == [None] * 3
    assert Token.objects.filter(assigned_policy__isnull=False).count() == 0
    assert len(entries(Event.TOKEN_POLICY_CHANGED)) == 6


def test_all_or_none_get_a_policy() -> None:
    fine, revoked = make_token(), make_token(row={"state": "revoked"})
    policy = create()
    missing = make_token()
    Token.objects.filter(pk=missing.pk).delete()
    for ids, error in (
        ([fine.pk, revoked.pk], WrongState),
        ([fine.pk, missing.pk], NotFound),
        ([], InvalidInput),
    ):
        with pytest.raises(error):
            assign_policy(token_ids=ids, policy=policy.pk, actor=ACTOR, now=NOW)
    with pytest.raises(NotFound):
        assign_policy(token_ids=[fine.pk], policy=77, actor=ACTOR, now=NOW)
    assert state(fine) == (None, 90)
    assert not entries(Event.TOKEN_POLICY_CHANGED)


def test_a_token_stored_while_a_policy_changed_is_brought_in_line(
    caplog: pytest.LogCaptureFixture, django_assert_num_queries: Any
) -> None:
    policy, token, read = create(), make_token(scope="admin"), make_token(scope="read")
    Token.objects.filter(pk=token.pk).update(policy=None, due_at=TODAY + timedelta(days=90))
    assert align_policies(now=LATER) == 1
    assert (state(token), state(read)) == ((policy.pk, 30), (None, 90))
    assert "by a policy of before: 1" in caplog.text
    with django_assert_num_queries(2):
        assert align_policies(now=LATER) == 0


def test_no_number_is_given_twice() -> None:
    first = create().pk
    remove_policy(policy_id=first, actor=ACTOR, now=LATER)
    second = create()
    assert second.pk == first + 1 > BASE + 1
