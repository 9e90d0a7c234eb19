"""The two-person rule in the services: who asks, who approves, what is done with that, and once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from tests.factories import ACTOR, NOW, accepted, actor_of, make_account, make_token
from tokens.audit import Actor, verify
from tokens.audit import api_key as actor_of_key
from tokens.errors import DomainError, InvalidInput, NotAllowed, WrongState
from tokens.models import (
    Account,
    ApiKey,
    Approval,
    AuditEvent,
    Integration,
    Revocation,
    Token,
    UsageKey,
)
from tokens.policy.roles import Permission
from tokens.policy.two_people import EXEMPT, WAITS, Outcome, Rule
from tokens.policy.vocabulary import Role
from tokens.services.api_keys import authenticate_api_key, create_api_key
from tokens.services.approvals import (
    approve_request,
    ask_api_key,
    ask_revocation,
    ask_revocations,
    ask_usage_key,
    collect_key,
    lapse_requests,
    refuse_request,
    withdraw_request,
)
from tokens.services.bulk import record_revocations
from tokens.services.record_revocation import record_revocation
from tokens.services.usage_keys import authenticate, create_usage_key

ADA, BOB, EVE = "ada@acme.example", "bob@acme.example", "eve@acme.example"
COMMAND = Actor("command", "command line, OS user ops")
LATER = NOW + WAITS


@pytest.fixture(autouse=True)
def _the_rule(settings: Settings) -> None:
    settings.TWO_PERSON_RULE = frozenset(Rule)


@pytest.fixture
def ada(db: None) -> Account:
    make_account(BOB)
    return make_account(ADA)


@pytest.fixture
def token(db: None) -> Token:
    return make_token(secret=accepted())


def ask(token: Token, who: str = ADA, **changes: Any) -> Approval:
    given: dict[str, Any] = {"reason": "No longer used.", "by": ADA, "now": NOW, **changes}
    actor = given.pop("actor", None) or Actor("account", who)
    return ask_revocation(token=token, actor=actor, **given)


def ask_key(name: str = "Nightly", now: datetime = NOW) -> Approval:
    return ask_api_key(
        name=name, permissions=[Permission.CHECK], days=30, actor=Actor("account", ADA), now=now
    )


def approve(one: Approval, by: str = BOB, now: datetime = NOW) -> Approval:
    return approve_request(approval=one, by=by, actor=Actor("account", by), now=now)


def collect(one: Approval, by: str = ADA, now: datetime = NOW) -> tuple[ApiKey | UsageKey, str]:
    return collect_key(approval=one, by=by, actor=Actor("account", by), now=now)


def entries(kind: str = "approval.") -> list[tuple[str, dict[str, Any]]]:
    rows = AuditEvent.objects.filter(kind__startswith=kind).order_by("id")
    return [(row.kind, json.loads(row.data)) for row in rows]


def outcome(one: Approval) -> str:
    return str(Approval.objects.values_list("outcome", flat=True).get(pk=one.pk))


def test_nothing_changes_before_another_person_approves(ada: Account, token: Token) -> None:
    one = ask(token)
    token.refresh_from_db()
    assert token.state == "active"
    assert not Revocation.objects.exists()
    approve(one)
    token.refresh_from_db()
    found = Revocation.objects.get()
    assert token.state == "revoked"
    assert (found.by, found.recorded_by, found.approved_by) == (ADA, ADA, BOB)
    ((_, said),) = entries("revocation.recorded")
    assert (said["asked_by"], said["approved_by"], said["by"]) == (ADA, BOB, ADA)
    assert [kind for kind, _ in entries()] == ["approval.asked", "approval.approved"]
    assert verify().ok


def test_the_moment_and_the_person_of_the_request_are_kept(ada: Account, token: Token) -> None:
    at = NOW - timedelta(days=2)
    approve(ask(token, by=EVE, at=at), now=NOW + timedelta(days=1))
    found = Revocation.objects.get()
    assert (found.revoked_at, found.by) == (at, EVE)


@pytest.mark.parametrize("kind", ["account", "api_key"])
def test_no_way_around_it(ada: Account, token: Token, kind: Any) -> None:
    actor = Actor(kind, ADA, "00000000-0000-7000-8000-000000000000")
    for attempt in (
        lambda: record_revocation(token=token, reason="x", by=ADA, actor=actor, now=NOW),
        lambda: record_revocations(token_ids=[token.pk], reason="x", by=ADA, actor=actor, now=NOW),
        lambda: create_api_key(name="x", permissions=[], days=3, actor=actor, now=NOW),
        lambda: create_usage_key(integration=token.integration, actor=actor, now=NOW),
    ):
        with pytest.raises(NotAllowed, match="Two people"):
            attempt()
    assert not Revocation.objects.exists()
    assert not ApiKey.objects.exists()
    assert not UsageKey.objects.exists()


def test_each_rule_is_a_switch_of_its_own(ada: Account, token: Token, settings: Settings) -> None:
    actor = actor_of(ada)
    settings.TWO_PERSON_RULE = frozenset({Rule.KEYS})
    record_revocation(token=token, reason="x", by=ADA, actor=actor, now=NOW)
    settings.TWO_PERSON_RULE = frozenset({Rule.REVOCATION})
    create_api_key(name="x", permissions=[], days=3, actor=actor, now=NOW)
    create_usage_key(integration=token.integration, actor=actor, now=NOW)
    assert not any("two_people" in said for _, said in entries(""))


def test_the_host_is_exempt_and_the_trail_says_so(token: Token) -> None:
    record_revocation(token=token, reason="x", by=ADA, actor=COMMAND, now=NOW)
    create_api_key(name="x", permissions=[], days=3, actor=COMMAND, now=NOW)
    create_usage_key(integration=token.integration, actor=COMMAND, now=NOW)
    for kind in ("revocation.recorded", "api_key.created", "usage_key.created"):
        assert entries(kind)[-1][1]["two_people"] == EXEMPT
    assert Revocation.objects.get().approved_by == ""


def test_nobody_approves_their_own(ada: Account, token: Token) -> None:
    one = ask(token, who="Ada@Acme.example")
    for by in (ADA, "ADA@acme.example "):
        with pytest.raises(NotAllowed, match="somebody else"):
            approve(one, by=by)
        with pytest.raises(NotAllowed):
            refuse_request(approval=one, reason="x", by=by, actor=ACTOR, now=NOW)
    assert not Revocation.objects.exists()
    for word in ("approved", "refused"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.update(outcome=word, decided_by=ADA, decided_at=NOW)


def test_only_an_active_account_that_may_do_it_decides(ada: Account, token: Token) -> None:
    make_account("otto@acme.example", role=Role.AUDITOR)
    Account.objects.filter(pk=make_account(EVE).pk).update(is_active=False)
    one = ask(token)
    for by in ("otto@acme.example", EVE, "nobody@acme.example"):
        with pytest.raises(NotAllowed, match="may do this itself"):
            approve(one, by=by)
    assert outcome(one) == "asked"


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "auditor"}])
def test_the_asker_has_to_be_able_to_do_it_still(
    ada: Account, token: Token, change: dict[str, Any]
) -> None:
    one, key = ask(token), ask_key()
    Account.objects.filter(pk=ada.pk).update(**change)
    for each in (one, key):
        with pytest.raises(WrongState, match="may not do this any more"):
            approve(each)
    assert not Revocation.objects.exists()
    refuse_request(approval=one, reason="She left.", by=BOB, actor=ACTOR, now=NOW)
    assert outcome(one) == "refused"


def test_behind_a_script_stands_who_made_its_key(
    ada: Account, token: Token, settings: Settings
) -> None:
    settings.TWO_PERSON_RULE = frozenset({Rule.REVOCATION})
    key, _ = create_api_key(
        name="Deploy", permissions=[Permission.REVOKE], days=9, actor=actor_of(ada), now=NOW
    )
    script = actor_of_key(name=key.name, key_id=key.pk)
    one = ask(token, actor=script)
    assert (one.asked_by, one.asker) == (ADA, f"{ADA}, through the key “Deploy”")
    with pytest.raises(NotAllowed):
        approve(one, by=ADA)
    ApiKey.objects.update(revoked_at=NOW)
    with pytest.raises(WrongState, match="Deploy"):
        approve(one)
    ApiKey.objects.update(revoked_at=None)
    approve(one)
    assert Revocation.objects.get().recorded_by == ADA
    assert entries()[0][1]["asked_with"] == "Deploy"


def test_a_request_is_decided_once(ada: Account, token: Token) -> None:
    one = ask(token)
    approve(one)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: approve(one),
        lambda: refuse_request(approval=one, reason="x", by=BOB, actor=ACTOR, now=NOW),
        lambda: withdraw_request(approval=one, by=ADA, actor=ACTOR, now=NOW),
    )
    for attempt in attempts:
        with pytest.raises(WrongState, match="decided about it already"):
            attempt()


def test_a_refusal_says_why_and_a_withdrawal_is_the_askers(ada: Account, token: Token) -> None:
    one = ask(token)
    with pytest.raises(InvalidInput) as refusal:
        refuse_request(approval=one, reason=" ", by=BOB, actor=ACTOR, now=NOW)
    assert refusal.value.field == "reason"
    with pytest.raises(NotAllowed):
        withdraw_request(approval=one, by=BOB, actor=ACTOR, now=NOW)
    refuse_request(approval=one, reason="It is in use.", by=BOB, actor=ACTOR, now=NOW)
    withdraw_request(approval=ask(token), by=ADA, actor=ACTOR, now=NOW)
    kinds = [kind.partition(".")[2] for kind, _ in entries()]
    assert kinds == ["asked", "refused", "asked", "withdrawn"]
    assert entries()[1][1]["reason"] == "It is in use."
    assert not Revocation.objects.exists()


def test_one_waits_for_a_value_at_a_time(ada: Account, token: Token) -> None:
    ask(token)
    twin = make_token(
        allow_shared=True, row={"secret_id": token.secret_id}, secret=None, value=None
    )
    for each in (token, twin):
        with pytest.raises(WrongState, match=f"{ADA} has asked for it already"):
            ask(each, who=BOB)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "it is sk_" + "live_" + "a1b2c3d4"}, "reason"),
        ({"by": "ada"}, "by"),
        ({"at": NOW + timedelta(days=1)}, "at"),
    ],
)
def test_what_is_wrong_is_named_before_anybody_is_asked(
    ada: Account, token: Token, changes: dict[str, Any], field: str
) -> None:
    for asking in (partial(ask, token), partial(ask_many, [token])):
        with pytest.raises(InvalidInput) as refusal:
            asking(**changes)
        assert refusal.value.field == field
    assert not Approval.objects.exists()


def ask_many(tokens: list[Token], **changes: Any) -> Approval:
    given: dict[str, Any] = {"reason": "No longer used.", "by": ADA, "now": NOW, **changes}
    ids = [each.pk for each in tokens]
    return ask_revocations(token_ids=ids, actor=Actor("account", ADA), **given)


def test_what_was_recorded_meanwhile_leaves_nothing_to_approve(ada: Account, token: Token) -> None:
    one = ask(token)
    record_revocation(token=token, reason="x", by=BOB, actor=COMMAND, now=NOW)
    assert outcome(one) == "overtaken"
    with pytest.raises(WrongState, match="done meanwhile"):
        approve(one)
    assert [kind for kind, _ in entries()] == ["approval.asked", "approval.overtaken"]
    with pytest.raises(WrongState, match="recorded already"):
        ask(token)


def test_several_are_approved_together_and_who_cannot_follow_is_passed_over(ada: Account) -> None:
    tokens = [make_token(secret=accepted()) for _ in range(3)]
    record_revocation(token=tokens[0], reason="x", by=BOB, actor=COMMAND, now=NOW)
    one = ask_many(tokens)
    assert (one.about, len(one.details["tokens"])) == ("Revocation of 2 tokens", 2)
    record_revocation(token=tokens[1], reason="x", by=BOB, actor=COMMAND, now=NOW)
    approve(one)
    assert Revocation.objects.filter(approved_by=BOB).count() == 1
    assert set(Token.objects.values_list("state", flat=True)) == {"revoked"}
    with pytest.raises(WrongState, match="Nothing is left to record"):
        ask_many(tokens)


def test_several_of_which_none_is_left_say_what_changed(ada: Account) -> None:
    tokens = [make_token(secret=accepted()) for _ in range(2)]
    one = ask_many(tokens)
    for each in tokens:
        record_revocation(token=each, reason="x", by=BOB, actor=COMMAND, now=NOW)
    with pytest.raises(WrongState, match="Nothing is left to approve: the revocation of each"):
        approve(one)
    assert outcome(one) == "overtaken"


def test_a_request_for_very_many_is_refused(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokens.services.approvals.ask_to_revoke.MOST_TOKENS", 1)
    with pytest.raises(InvalidInput, match="1 or less"):
        ask_many([make_token(), make_token()])


def test_a_key_is_made_when_its_asker_collects_it_and_once(ada: Account) -> None:
    one = ask_key()
    with pytest.raises(WrongState):
        collect(one)
    approve(one)
    assert not ApiKey.objects.exists()
    for by in (BOB, EVE):
        with pytest.raises(NotAllowed):
            collect(one, by=by)
    later = NOW + timedelta(days=3)
    key, plain = collect(one, now=later)
    assert authenticate_api_key(plain=plain, now=later) == key
    made = ApiKey.objects.get()
    assert (made.name, made.permissions, made.created_by) == ("Nightly", ["check", "view"], ADA)
    assert made.expires_at == later + timedelta(days=30)
    with pytest.raises(WrongState):
        collect(one, now=later)
    ((_, said),) = entries("api_key.created")
    assert (said["asked_by"], said["approved_by"]) == (ADA, BOB)
    stored = json.dumps([*Approval.objects.values("details", "about"), *entries("")], default=str)
    assert plain not in stored


def test_a_usage_key_too(ada: Account, token: Token) -> None:
    one = ask_usage_key(integration=token.integration, actor=Actor("account", ADA), now=NOW)
    with pytest.raises(WrongState, match="asked for one already"):
        ask_usage_key(integration=token.integration, actor=Actor("account", BOB), now=NOW)
    approve(one)
    key, plain = collect(one)
    assert authenticate(plain=plain, now=NOW) == key
    assert Integration.objects.get(pk=token.integration_id).keys.count() == 1


def test_a_name_that_was_taken_meanwhile_is_said(ada: Account) -> None:
    one, two = ask_key(), ask_key("Other")
    approve(two)
    for name in ("Nightly", "Other"):
        create_api_key(name=name, permissions=[], days=9, actor=COMMAND, now=NOW)
    with pytest.raises(WrongState, match="Another key is called “Nightly” by now"):
        approve(one)
    assert outcome(one) == "asked"
    with pytest.raises(DomainError):
        collect(two)
    assert outcome(two) == "approved"


def test_who_may_no_longer_make_keys_collects_none(ada: Account) -> None:
    one = approve(ask_key())
    Account.objects.filter(pk=ada.pk).update(role="auditor")
    with pytest.raises(WrongState, match="may not do this any more"):
        collect(one)
    assert outcome(one) == "approved"
    assert not ApiKey.objects.exists()


def test_what_waits_too_long_lapses_with_an_entry(ada: Account, token: Token) -> None:
    one, key = ask(token), approve(ask_key())
    last = LATER - timedelta(seconds=1)
    assert lapse_requests(now=last) == 0
    with pytest.raises(WrongState, match="longer than seven days"):
        approve(one, now=LATER)
    with pytest.raises(WrongState):
        collect(key, now=LATER)
    assert lapse_requests(now=LATER) == 2
    assert lapse_requests(now=LATER) == 0
    assert (outcome(one), outcome(key)) == ("lapsed", "lapsed")
    assert [kind for kind, _ in entries("approval.lapsed")] == ["approval.lapsed"] * 2
    assert verify().ok


def test_a_lapsed_request_gives_way_to_a_new_one(ada: Account, token: Token) -> None:
    one = ask(token)
    two = ask(token, now=LATER)
    assert (outcome(one), outcome(two)) == ("lapsed", "asked")
    for at in (NOW, LATER):
        ask_usage_key(integration=token.integration, actor=Actor("account", ADA), now=at)


def test_an_approved_revocation_does_not_lapse(ada: Account, token: Token) -> None:
    one = approve(ask(token))
    assert lapse_requests(now=LATER) == 0
    assert one.stands(LATER) is Outcome.APPROVED


def at_once(*attempts: Callable[[], object]) -> list[str]:
    """Run each in a thread of its own; what each ended with."""
    gate, ended = threading.Barrier(len(attempts)), []

    def run(attempt: Callable[[], object]) -> None:
        gate.wait()
        try:
            attempt()
            ended.append("done")
        except DomainError as error:
            ended.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[each]) for each in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ended)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_of_many_who_decide_at_once_one_does() -> None:
    people = [make_account().email for _ in range(6)]
    make_account(ADA)
    one = ask(make_token(secret=accepted()))
    attempts: list[Callable[[], object]] = [partial(approve, one, by=by) for by in people[:4]]
    attempts += [
        partial(refuse_request, approval=one, reason="x", by=by, actor=ACTOR, now=NOW)
        for by in people[4:]
    ]
    attempts.append(partial(withdraw_request, approval=one, by=ADA, actor=ACTOR, now=NOW))
    assert at_once(*attempts) == ["WrongState"] * 6 + ["done"]
    assert Revocation.objects.count() == (outcome(one) == "approved")
    assert verify().ok


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_approving_and_recording_on_the_host_at_once_record_it_once() -> None:
    make_account(BOB)
    make_account(ADA)
    for _ in range(5):
        token = make_token(secret=accepted())
        one = ask(token)
        record = partial(record_revocation, token=token, reason="x", by=BOB, actor=COMMAND, now=NOW)
        ended = at_once(partial(approve, one), record)
        assert ended == ["WrongState", "done"]
        assert Revocation.objects.filter(secret=token.secret_id).count() == 1
        assert outcome(one) in {"approved", "overtaken"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_a_key_that_is_collected_many_times_at_once_is_made_once() -> None:
    make_account(BOB)
    make_account(ADA)
    one = approve(ask_key())
    assert at_once(*[partial(collect, one)] * 6) == ["WrongState"] * 5 + ["done"]
    assert ApiKey.objects.count() == 1
