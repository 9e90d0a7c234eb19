"""Acts on many tokens: each by the rules of one, and whoever cannot follow stops nobody."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.factories import ACTOR, NOW, accepted, make_token, token_value
from tokens.errors import InvalidInput
from tokens.models import AuditEvent, Person, Policy, Revocation, Secret, Token
from tokens.policy.bulk import BulkAction, Skip
from tokens.services.bulk import (
    Selection,
    assign_owner,
    assign_policies,
    preview,
    record_revocations,
    request_checks,
)
from tokens.services.policy_in_force import rules_in_force

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)


def entries(kind: str) -> int:
    return AuditEvent.objects.filter(kind=kind).count()


def reasons(result: object) -> dict[object, Skip]:
    return {each.token_id: each.why for each in result.passed}  # type: ignore[attr-defined]


def test_checks_are_asked_for_and_the_rest_is_told() -> None:
    two = [make_token(secret={"next_check_at": LATER + timedelta(hours=1)}) for _ in range(2)]
    lost = make_token(value=None)
    waits = make_token(secret={"throttled_until": LATER + timedelta(minutes=9)})
    nobody = uuid4()
    ids = [*(t.pk for t in two), lost.pk, waits.pk, nobody]
    result = request_checks(token_ids=ids, actor=ACTOR, now=LATER)
    assert sorted(result.done) == sorted(t.pk for t in two)
    assert reasons(result) == {
        lost.pk: Skip.NOT_HELD,
        waits.pk: Skip.THROTTLED,
        nobody: Skip.GONE,
    }
    due = Secret.objects.filter(next_check_at=LATER)
    assert set(due) == {t.secret for t in two}
    assert entries("token.check_requested") == 2


def test_an_owner_for_many_and_reminders_follow() -> None:
    mine = make_token(owner_email="old@acme.example", row={"remind_at": LATER})
    ownerless = make_token(owner_email="")
    theirs = make_token(owner_email="new@acme.example")
    revoked = make_token(row={"state": "revoked"})
    ids = [mine.pk, ownerless.pk, theirs.pk, revoked.pk]
    result = assign_owner(token_ids=ids, owner_email="New@acme.example", actor=ACTOR, now=LATER)
    assert sorted(result.done) == sorted([mine.pk, ownerless.pk])
    assert reasons(result) == {theirs.pk: Skip.OWNED, revoked.pk: Skip.REVOKED}
    mine.refresh_from_db()
    assert mine.owner is not None
    assert mine.owner.email == "new@acme.example"
    assert mine.remind_at is None
    entry = AuditEvent.objects.get(kind="token.owner_changed", subject_id=str(mine.pk))
    facts = json.loads(entry.data)
    assert (facts["old"], facts["new"]) == ("old@acme.example", "new@acme.example")
    assert entries("token.owner_changed") == 2


def test_nobody_becomes_an_owner_who_has_left_or_has_no_address() -> None:
    token = make_token()
    Person.objects.create(email="gone@acme.example", left_on=NOW.date(), created_at=NOW)
    for address in ("gone@acme.example", "no address"):
        with pytest.raises(InvalidInput) as refused:
            assign_owner(token_ids=[token.pk], owner_email=address, actor=ACTOR, now=LATER)
        assert refused.value.field == "owner_email"
    assert entries("token.owner_changed") == 0


def test_an_empty_address_makes_ownerless() -> None:
    token = make_token()
    assert assign_owner(token_ids=[token.pk], owner_email="", actor=ACTOR, now=LATER).done
    token.refresh_from_db()
    assert token.owner is None


def test_revocations_by_the_rules_of_one() -> None:
    worked = make_token(secret=accepted())
    value = token_value()
    shared = [make_token(value=value), make_token(value=value, allow_shared=True)]
    neighbour = make_token(
        company=worked.company, secret={"next_check_at": LATER + timedelta(days=1)}
    )
    ids = [worked.pk, *(t.pk for t in shared)]
    told = {"reason": "project ended", "by": "ada@acme.example", "actor": ACTOR, "now": LATER}
    result = record_revocations(token_ids=ids, **told)  # type: ignore[arg-type]
    assert sorted(result.done) == sorted(ids)
    assert result.passed == []
    assert Revocation.objects.count() == 2
    assert set(Token.objects.filter(pk__in=ids).values_list("state", flat=True)) == {"revoked"}
    neighbour.secret.refresh_from_db()
    assert neighbour.secret.next_check_at == LATER  # a wrong one shows at once
    assert entries("revocation.recorded") == 3
    again = record_revocations(token_ids=ids, **told)  # type: ignore[arg-type]
    assert again.done == []
    assert set(reasons(again).values()) == {Skip.RECORDED}


def test_without_a_reason_nothing_is_recorded() -> None:
    token = make_token()
    with pytest.raises(InvalidInput) as refused:
        record_revocations(
            token_ids=[token.pk], reason=" ", by="ada@acme.example", actor=ACTOR, now=LATER
        )
    assert refused.value.field == "reason"
    assert Revocation.objects.count() == 0


def test_the_preview_says_what_the_act_then_does() -> None:
    value = token_value()
    one = make_token(value=value)
    other = make_token(value=value, allow_shared=True)
    lost = make_token(value=None)
    rules = rules_in_force()
    checks = preview(
        action=BulkAction.CHECK,
        selection=Selection(ids=(lost.pk, one.pk)),
        rules=rules,
        now=LATER,
    )
    assert checks.ids == [one.pk]
    assert checks.reasons == {Skip.NOT_HELD: 1}
    revocation = preview(
        action=BulkAction.REVOCATION, selection=Selection(ids=(one.pk,)), rules=rules, now=LATER
    )
    assert revocation.others == 1
    assert revocation.lines[0].token.pk == one.pk
    assert other.pk not in revocation.ids


def test_a_filter_is_looked_at_anew_and_its_mark_changes_with_it() -> None:
    token = make_token(owner_email="")
    selection = Selection.of_filter({"flag": "ownerless"})

    def look() -> tuple[list[object], str]:
        found = preview(
            action=BulkAction.CHECK, selection=selection, rules=rules_in_force(), now=LATER
        )
        return list(found.ids), found.mark

    before = look()
    assert before[0] == [token.pk]
    more = make_token(owner_email="")
    after = look()
    assert after[0] == sorted([token.pk, more.pk])
    assert before[1] != after[1]


def test_more_than_one_portion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.services.bulk.facts.PORTION", 2)
    ids = [make_token().pk for _ in range(5)]
    assert len(request_checks(token_ids=ids, actor=ACTOR, now=LATER).done) == 5
    assert entries("token.check_requested") == 5


def test_a_selection_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.services.bulk.previewing.MOST_REVOCATIONS", 1)
    for _ in range(2):
        make_token(owner_email="")
    with pytest.raises(InvalidInput) as refused:
        preview(
            action=BulkAction.REVOCATION,
            selection=Selection.of_filter({"flag": "ownerless"}),
            rules=rules_in_force(),
            now=LATER,
        )
    assert refused.value.field == "selection"


def test_a_policy_for_many_by_hand_and_back() -> None:
    policy = Policy.objects.create(id=7, name="Short", rotate_days=30)
    token, revoked = make_token(), make_token(row={"state": "revoked"})
    ids = [token.pk, revoked.pk]
    result = assign_policies(token_ids=ids, policy=policy.pk, actor=ACTOR, now=LATER)
    assert result.done == [token.pk]
    assert reasons(result) == {revoked.pk: Skip.REVOKED}
    before = token.due_at
    token.refresh_from_db()
    assert before - token.due_at == timedelta(days=60)
    again = assign_policies(token_ids=[token.pk], policy=policy.pk, actor=ACTOR, now=LATER)
    assert reasons(again) == {token.pk: Skip.ASSIGNED}
    assert assign_policies(token_ids=[token.pk], policy=None, actor=ACTOR, now=LATER).done
    with pytest.raises(InvalidInput):
        assign_policies(token_ids=[token.pk], policy=99, actor=ACTOR, now=LATER)
