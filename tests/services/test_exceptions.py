"""Asking for an exception, deciding, ending: who may, what is silent, and what comes back."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.factories import ACTOR, NOW, accepted, make_account, make_company, make_token
from tokens.audit import verify
from tokens.errors import InvalidInput, NotAllowed, WrongState
from tokens.models import Account, AuditEvent, Company, ExceptedFlag, PolicyException, Token
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Standing, standing
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.selectors.exceptions import of_token, sections, selected
from tokens.selectors.facts import one
from tokens.services.exceptions import (
    approve_exception,
    ask_exception,
    close_exception,
    refuse_exception,
    withdraw_exception,
)
from tokens.services.exceptions.deciders import is_alone
from tokens.services.memberships import give_role

pytestmark = pytest.mark.django_db
TODAY = utc_day(NOW)
ADA, BOB, EVE = "ada@acme.example", "bob@acme.example", "eve@acme.example"


@pytest.fixture(autouse=True)
def _two_administrators() -> None:
    make_account(ADA)
    make_account(BOB)


@pytest.fixture
def late() -> Token:
    """Overdue by ten days, and nobody owns it."""
    issued = NOW - timedelta(days=100)
    return make_token(issued_at=issued, owner_email="", secret=accepted())


def give(email: str, company: Company, role: CompanyRole) -> None:
    give_role(company=company, email=email, role=role, actor=ACTOR, now=NOW)


def ask(token: Token, **changes: Any) -> PolicyException:
    given: dict[str, Any] = {
        "flags": ["overdue"],
        "reason": "The supplier answers after Easter.",
        "ends_on": TODAY + timedelta(days=10),
        "by": ADA,
        "now": NOW,
        **changes,
    }
    return ask_exception(token=token, actor=ACTOR, **given)


def approve(exception: PolicyException, by: str = BOB, now: datetime = NOW) -> PolicyException:
    return approve_exception(exception=exception, by=by, actor=ACTOR, now=now)


def approved(token: Token, **changes: Any) -> PolicyException:
    return approve(ask(token, **changes), now=changes.get("now", NOW))


def close(exception: PolicyException, now: datetime = NOW) -> PolicyException:
    return close_exception(exception=exception, by=BOB, actor=ACTOR, now=now)


def flags(token: Token, days: int = 0) -> set[str]:
    row = one(token.pk, DEFAULT, NOW + timedelta(days=days))
    assert row is not None
    return set(row.flags) - {"stale"}


def test_it_waits_then_silences_what_it_names_and_then_comes_back(late: Token) -> None:
    exception = ask(late)
    assert flags(late) == {"overdue", "ownerless"}
    Token.objects.filter(pk=late.pk).update(remind_at=NOW)
    approve(exception)
    assert flags(late) == flags(late, 10) == {"ownerless"}
    assert flags(late, 11) == {"overdue", "ownerless", "exception_ended"}
    late.refresh_from_db()
    assert late.remind_at is None


def test_each_act_is_audited_with_who_says_so(late: Token) -> None:
    exception = approved(late)
    close(exception)
    refuse_exception(exception=ask(late), reason="Rotate it.", by=BOB, actor=ACTOR, now=NOW)
    withdraw_exception(exception=ask(late), by=ADA, actor=ACTOR, now=NOW)
    entries = AuditEvent.objects.filter(kind__startswith="exception.").order_by("id")
    assert [entry.kind.partition(".")[2] for entry in entries] == [
        "asked", "approved", "ended", "asked", "refused", "asked", "withdrawn",
    ]  # fmt: skip
    assert {entry.subject_id for entry in entries} == {str(late.pk)}
    said = [json.loads(entry.data) for entry in entries]
    assert (said[0]["by"], said[0]["reason"]) == (ADA, exception.reason)
    assert said[0]["flags"] == ["overdue"]
    assert said[0]["ends_on"] == (TODAY + timedelta(days=10)).isoformat()
    assert (said[1]["by"], said[1]["asked_by"]) == (BOB, ADA)
    assert (said[4]["by"], said[4]["reason"]) == (BOB, "Rotate it.")
    assert verify().ok


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"flags": []}, "flags"),
        ({"flags": ["compromised"]}, "flags"),
        ({"flags": ["overdue", "failing"]}, "flags"),
        ({"flags": ["exception_ended"]}, "flags"),
        ({"flags": ["late"]}, "flags"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "it is sk_" + "live_" + "a1b2c3"}, "reason"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": date(2027, 3, 3)}, "ends_on"),
        ({"by": ""}, "by"),
        ({"by": "ada"}, "by"),
    ],
)
def test_what_cannot_be_asked_for(late: Token, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ask(late, **changes)
    assert refusal.value.field == field
    assert "sk_" not in refusal.value.message
    assert not PolicyException.objects.exists()


def test_words_are_taken_once_and_sorted(late: Token) -> None:
    exception = ask(late, flags=["overdue", " Expiring ", "overdue"], ends_on=date(2027, 3, 2))
    assert exception.flags == ["expiring", "overdue"]


def test_one_waits_at_a_time(late: Token) -> None:
    ask(late)
    with pytest.raises(WrongState):
        ask(late)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyException.objects.create(
            token=late, reason="x", ends_on=TODAY, asked_by=ADA, asked_at=NOW
        )


def test_what_nobody_decided_in_time_gives_way(late: Token) -> None:
    old = ask(late, ends_on=TODAY)
    later = NOW + timedelta(days=1)
    with pytest.raises(WrongState, match="last day has passed"):
        approve(old, now=later)
    ask(late, now=later)
    old.refresh_from_db()
    assert standing(old.facts(), TODAY) is Standing.WITHDRAWN
    assert AuditEvent.objects.filter(kind="exception.withdrawn").count() == 1


def test_of_a_revoked_token_nothing_is_left_to_except(late: Token) -> None:
    Token.objects.filter(pk=late.pk).update(state="revoked")
    with pytest.raises(WrongState):
        ask(late)


def test_nobody_approves_their_own(late: Token) -> None:
    exception = ask(late, by="Ada@Acme.example")
    for by in (ADA, "ADA@acme.example "):
        with pytest.raises(NotAllowed):
            approve(exception, by=by)
        with pytest.raises(NotAllowed):
            refuse_exception(exception=exception, reason="x", by=by, actor=ACTOR, now=NOW)
    assert flags(late) == {"overdue", "ownerless"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyException.objects.update(decision="approved", decided_by=ADA, decided_at=NOW)


def test_only_an_active_administrator_decides(late: Token) -> None:
    make_account("otto@acme.example", role=Role.AUDITOR)
    gone = make_account(EVE)
    gone.is_active = False
    gone.save()
    exception = ask(late)
    for by in ("otto@acme.example", EVE, "nobody@acme.example"):
        with pytest.raises(NotAllowed):
            approve(exception, by=by)
    assert not ExceptedFlag.objects.exists()


def test_an_admin_of_the_company_decides_and_of_no_other(late: Token) -> None:
    for email, company in ((EVE, make_company()), ("cora@acme.example", late.company)):
        make_account(email, role=Role.MEMBER)
        give(email, company, CompanyRole.ADMIN)
    make_account("olga@acme.example", role=Role.MEMBER)
    give("olga@acme.example", late.company, CompanyRole.OPERATOR)
    exception = ask(late)
    for by in (EVE, "olga@acme.example"):
        with pytest.raises(NotAllowed):
            approve(exception, by=by)
    assert approve(exception, by="cora@acme.example").decided_by == "cora@acme.example"


def test_who_is_alone(late: Token) -> None:
    here, there = late.company, make_company()
    assert not is_alone(ADA, [here.pk])  # there is Bob
    Account.objects.filter(email=BOB).update(is_active=False)
    assert is_alone(ADA, [here.pk])
    make_account(EVE, role=Role.MEMBER)
    give(EVE, here, CompanyRole.ADMIN)
    assert not is_alone(ADA, [here.pk])
    assert is_alone(ADA, [here.pk, there.pk])
    assert not is_alone(EVE, [here.pk])  # there is Ada
    Account.objects.filter(email=EVE).update(is_active=False)
    assert is_alone(ADA, [here.pk])


def test_it_is_decided_once(late: Token) -> None:
    exception = approved(late)
    with pytest.raises(WrongState):
        approve(exception)
    with pytest.raises(WrongState):
        refuse_exception(exception=exception, reason="x", by=BOB, actor=ACTOR, now=NOW)
    with pytest.raises(WrongState):
        withdraw_exception(exception=exception, by=ADA, actor=ACTOR, now=NOW)


def test_a_refusal_says_why_and_silences_nothing(late: Token) -> None:
    exception = ask(late)
    with pytest.raises(InvalidInput):
        refuse_exception(exception=exception, reason="", by=BOB, actor=ACTOR, now=NOW)
    refused = refuse_exception(exception=exception, reason="No.", by=BOB, actor=ACTOR, now=NOW)
    assert (refused.decision, refused.decision_reason) == ("refused", "No.")
    assert flags(late) == {"overdue", "ownerless"}


def test_only_who_asked_withdraws(late: Token) -> None:
    exception = ask(late)
    with pytest.raises(NotAllowed):
        withdraw_exception(exception=exception, by=BOB, actor=ACTOR, now=NOW)
    withdraw_exception(exception=exception, by=ADA, actor=ACTOR, now=NOW)
    with pytest.raises(WrongState):
        approve(exception)


def test_ended_early_its_flags_count_and_nothing_else_is_said(late: Token) -> None:
    exception = approved(late)
    close(exception)
    assert flags(late) == flags(late, 30) == {"overdue", "ownerless"}
    with pytest.raises(WrongState):
        close(exception)


def test_taking_note_of_the_end_takes_the_flag_away(late: Token) -> None:
    exception = approved(late)
    later = NOW + timedelta(days=11)
    close(exception, now=later)
    assert flags(late, 11) == {"overdue", "ownerless"}
    assert AuditEvent.objects.filter(kind="exception.noted").count() == 1


def test_of_several_the_latest_end_counts_and_ending_one_leaves_the_other(late: Token) -> None:
    approved(late, flags=["overdue", "ownerless"], ends_on=TODAY + timedelta(days=5))
    longer = approved(late, ends_on=TODAY + timedelta(days=20))
    assert flags(late, 5) == set()
    assert flags(late, 6) == {"ownerless", "exception_ended"}
    close(longer)
    assert flags(late, 5) == set()
    assert flags(late, 6) == {"overdue", "ownerless", "exception_ended"}


def test_a_newer_one_takes_the_flag_away(late: Token) -> None:
    approved(late, ends_on=TODAY)
    later = NOW + timedelta(days=1)
    assert "exception_ended" in flags(late, 1)
    newer = ask(late, now=later, ends_on=TODAY + timedelta(days=9))
    assert "exception_ended" in flags(late, 1)
    approve(newer, now=later)
    assert flags(late, 1) == {"ownerless"}
    # somebody acted: what was over before is not dug out again
    close(newer, now=later)
    assert flags(late, 1) == {"overdue", "ownerless"}


def test_what_is_resolved_says_nothing(late: Token) -> None:
    approved(late, ends_on=TODAY)
    Token.objects.filter(pk=late.pk).update(due_at=NOW + timedelta(days=60))
    assert flags(late, 1) == {"ownerless"}


def test_the_lists_say_what_the_policy_says(late: Token) -> None:
    lapsed = ask(make_token(), ends_on=TODAY)
    over = approved(late, flags=["ownerless"], ends_on=TODAY)
    resolved = approved(make_token(), ends_on=TODAY)
    closed = close(approved(late, ends_on=TODAY + timedelta(days=30)))
    refused = refuse_exception(exception=ask(late), reason="No", by=BOB, actor=ACTOR, now=NOW)
    withdrawn = withdraw_exception(exception=ask(late), by=ADA, actor=ACTOR, now=NOW)
    force = approved(late, ends_on=TODAY + timedelta(days=8))
    mine, theirs = ask(late, ends_on=TODAY + timedelta(days=9)), ask(make_token(), by=BOB)
    day = TODAY + timedelta(days=1)
    found = sections(ADA, DEFAULT, NOW + timedelta(days=1))
    ids = {
        name: {each.exception.pk for each in getattr(found, name)}
        for name in ("waiting", "yours", "over", "in_force", "past")
    }
    assert ids == {
        "waiting": {theirs.pk},
        "yours": {mine.pk},
        "over": {over.pk},
        "in_force": {force.pk},
        "past": {lapsed.pk, closed.pk, refused.pk, withdrawn.pk, resolved.pk},
    }
    assert [each.ends_soon for each in found.in_force] == [True]
    for stands in Standing:
        rows = selected(day, stands=stands)
        assert {row.pk for row in rows} == {
            row.pk for row in PolicyException.objects.all() if standing(row.facts(), day) is stands
        }
    assert next(each.exception.pk for each in of_token(late, day)) == mine.pk
