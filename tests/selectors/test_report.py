"""The report's facts: what happened in the span, and nothing of what did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ACTOR
from tests.selectors import build
from tests.selectors.build import NOW, ago
from tokens.models import Account, Person, PolicyException, Revocation, Secret
from tokens.policy.book import PolicyFacts
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import Health, Proof, Role, State
from tokens.selectors.compliance import tally_now
from tokens.selectors.filters import Filters
from tokens.selectors.inventory import flag_counts
from tokens.selectors.report import report
from tokens.selectors.report_deeds import first
from tokens.selectors.report_policies import policy_versions
from tokens.selectors.report_shape import Report
from tokens.selectors.report_words import sections
from tokens.selectors.span import Span
from tokens.services.change_policy import change_policy, edit_policy
from tokens.services.create_policy import create_policy
from tokens.services.remove_policy import remove_policy
from tokens.services.take_snapshot import take_snapshot

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
SPAN = Span(TODAY - timedelta(days=29), TODAY)


def made(span: Span = SPAN) -> Report:
    return report(
        span=span, rules=DEFAULT, instance="https://tokens.example", made_by="otto", now=NOW
    )


def words(found: Report) -> str:
    return "\n".join(
        text
        for section in sections(found)
        for text in (
            *section.sentences,
            *(table.caption for table in section.tables),
            *(cell for table in section.tables for row in table.rows for cell in row),
        )
    )


def test_an_empty_instance_says_so_everywhere() -> None:
    found = made()
    assert found.share.end is not None
    assert found.share.end.active == 0
    assert (found.rotations.total, found.revocations.total, found.findings.total) == (0, 0, 0)
    assert found.chain.ok is True
    text = words(found)
    assert "There is no active token." in text
    assert "0 revocations recorded" in text


def test_numbers_are_those_of_the_pages() -> None:
    build.token(label="a")
    build.token(label="b", issued_at=ago(days=120), stored_at=ago(days=120))
    build.token(label="c", issued_at=None, held=False, owner=None)
    build.token(label="d", state=State.REVOKED, proof=Proof.CONTRADICTED)
    found = made()
    assert found.share.end == tally_now(DEFAULT, NOW)
    counts = flag_counts(Filters(all_states=True), DEFAULT, NOW)
    assert dict(found.flags) == {word: n for word, n in counts.items() if word and n}
    named = {each.token: each.flags for each in found.findings.rows}
    assert sorted(flags for flags in named.values()) == [
        ("overdue",), ("revocation_contradicted",),
    ]  # fmt: skip
    assert [each.company for each in found.share.companies.rows] == ["Acme GmbH"]


def test_a_past_end_takes_that_days_count() -> None:
    build.token()
    take_snapshot(now=NOW - timedelta(days=10))
    build.token(label="later")
    past = Span(TODAY - timedelta(days=20), TODAY - timedelta(days=10))
    assert made(past).share.end is not None
    assert made(past).share.end.within == 1  # type: ignore[union-attr]
    uncounted = Span(TODAY - timedelta(days=20), TODAY - timedelta(days=9))
    assert made(uncounted).share.end is None
    assert "Nobody counted on the last day" in words(made(uncounted))


def test_revocations_with_their_proof() -> None:
    confirmed = build.token(state=State.REVOKED, proof=Proof.CONFIRMED)
    Revocation.objects.filter(token=confirmed).update(witness_count=17)
    old = build.token(label="old", state=State.REVOKED, proof=Proof.CONFIRMED)
    Revocation.objects.filter(token=old).update(recorded_at=ago(days=60), confirmed_at=ago(days=60))
    (row,) = made().revocations.rows
    assert (row.proof, row.witnesses) == ("confirmed", 17)
    assert row.last_accepted_at is not None
    assert row.first_refused_at is not None
    assert "confirmed" in words(made())


def test_policy_versions_come_from_the_trail() -> None:
    numbers = {"rotate_days": 60, "warn_days": 14, "unused_days": 30, "stale_hours": 48,
               "overlap_days": 7}  # fmt: skip
    change_policy(**numbers, actor=ACTOR, now=ago(days=100))
    change_policy(**(numbers | {"rotate_days": 45}), actor=ACTOR, now=ago(days=10))
    found = policy_versions(SPAN)
    assert [(each.since, each.until) for each in found] == [
        (ago(days=100), ago(days=10)), (ago(days=10), None),
    ]  # fmt: skip
    assert [dict(each.numbers)["Rotate every (days)"] for each in found] == ["60", "45"]
    assert dict(found[0].numbers)["Warn before (days)"] == "14"
    everything = policy_versions(Span(TODAY - timedelta(days=200), TODAY))
    assert everything[0].entry == 0
    before = policy_versions(Span(TODAY - timedelta(days=50), TODAY - timedelta(days=40)))
    assert [dict(each.numbers)["Rotate every (days)"] for each in before] == ["60"]


def test_policies_that_came_and_went() -> None:
    rules = Rules(rotate_days=30, warn_days=7, thresholds=(7, 1, 0))
    proposal = PolicyFacts(0, "Strict admin", rules, scope="admin")
    made_one = create_policy(proposal=proposal, actor=ACTOR, now=ago(days=20))
    shorter = replace(proposal, id=made_one.pk, rules=replace(rules, rotate_days=20))
    edit_policy(proposal=shorter, actor=ACTOR, now=ago(days=12))
    remove_policy(policy_id=made_one.pk, actor=ACTOR, now=ago(days=4))
    _, *found = policy_versions(SPAN)
    assert [(each.policy, each.since, each.until) for each in found] == [
        ("Strict admin", ago(days=20), ago(days=12)), ("Strict admin", ago(days=12), ago(days=4)),
    ]  # fmt: skip
    assert [dict(each.numbers)["Rotate every (days)"] for each in found] == ["30", "20"]
    assert {each.applies_to for each in found} == {"admin tokens"}
    assert [each.policy for each in policy_versions(Span(TODAY, TODAY))] == ["Base policy"]


def test_exceptions_that_count_in_the_span() -> None:
    token = build.token()

    def ask(ends_on: date, asked_at: datetime, decision: str = "approved") -> None:
        PolicyException.objects.create(
            token=token, flags=["overdue"], reason="vendor is slow", ends_on=ends_on,
            asked_by="a@acme.example", asked_at=asked_at, decision=decision,
            decided_by="b@acme.example", decided_at=asked_at,
        )  # fmt: skip

    ask(TODAY + timedelta(days=9), ago(days=60))
    ask(TODAY - timedelta(days=40), ago(days=60))
    ask(TODAY, ago(days=3), decision="refused")
    ask(TODAY + timedelta(days=9), ago(days=200), decision="refused")
    assert [each.decision for each in made().exceptions.rows] == ["approved", "refused"]


def test_time_from_a_compromise_to_the_refusal() -> None:
    quick = build.token(label="quick", compromised_at=ago(days=2), state=State.REVOKED,
                        proof=Proof.CONFIRMED)  # fmt: skip
    Revocation.objects.filter(token=quick).update(first_refused_at=ago(days=2, hours=-5))
    before = build.token(label="before", compromised_at=ago(days=2), health=Health.FAILING)
    Secret.objects.filter(pk=before.secret_id).update(refused_since=ago(days=4))
    build.token(label="open", compromised_at=ago(days=1))
    unprovable = build.token(label="lost", compromised_at=ago(hours=9), state=State.REVOKED,
                             proof=Proof.CLAIMED)  # fmt: skip
    Revocation.objects.filter(token=unprovable).update(proof_reason="not_held")
    build.token(label="long ago", compromised_at=ago(days=90))
    found = made().compromises
    assert [each.took for each in found.each.rows] == [
        timedelta(hours=5), timedelta(0), None, None,
    ]  # fmt: skip
    assert (found.refused, found.median) == (2, timedelta(hours=2, minutes=30))
    text = words(made())
    for sentence in ("2 of 4 refused", "not yet", "cannot be proven", "refused before", "5 hours"):
        assert sentence in text


def test_time_from_a_leaver_to_the_refusal() -> None:
    for email, left in (
        ("gone@acme.example", TODAY - timedelta(days=5)),
        ("stays@x.example", None),
    ):
        build.person(email, left_on=left)
    build.token(label="works", created_by="gone@acme.example", stored_at=ago(days=30))
    build.token(label="mine", created_by="stays@x.example", stored_at=ago(days=30))
    dead = build.token(label="dead", created_by="gone@acme.example", stored_at=ago(days=30),
                       state=State.REVOKED, proof=Proof.CONFIRMED)  # fmt: skip
    Revocation.objects.filter(token=dead).update(first_refused_at=ago(days=9))
    Person.objects.filter(email="gone@acme.example").update(leaving_on=TODAY - timedelta(days=4))
    found = made().leavers
    assert [each.person for each in found.each.rows] == ["gone@acme.example"]
    assert found.each.rows[0].since.date() == TODAY - timedelta(days=5)
    assert found.median is None


def test_who_has_access() -> None:
    Account.objects.create_account(email="otto@acme.example", role=Role.AUDITOR)
    off = Account.objects.create_account(email="was@acme.example", role=Role.ADMINISTRATOR)
    Account.objects.filter(pk=off.pk).update(is_active=False)
    people = {each.email: (each.role, each.active) for each in made().accounts.rows}
    assert people == {
        "otto@acme.example": ("auditor", True), "was@acme.example": ("administrator", False),
    }  # fmt: skip


def test_long_lists_are_cut_and_say_so() -> None:
    for number in range(5):
        Account.objects.create_account(email=f"a{number}@acme.example", role=Role.AUDITOR)
    listing = first(Account.objects.order_by("email"), lambda one: one.email, rows=3)
    assert (len(listing.rows), listing.more, listing.total) == (3, 2, 5)


def test_queries_do_not_grow_with_the_inventory() -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            made()
        return len(caught)

    build.token(compromised_at=ago(days=1), created_by="gone@acme.example")
    few = count()
    for number in range(6):
        build.token(label=str(number), company=f"C{number}", compromised_at=ago(days=1),
                    issued_at=ago(days=200), created_by="gone@acme.example")  # fmt: skip
    assert count() == few


def test_a_policy_that_moved_points_to_the_entry_that_says_where() -> None:
    rules = Rules(rotate_days=30, warn_days=7, thresholds=(7, 1, 0))
    proposal = PolicyFacts(0, "Strict", rules, scope="admin")
    made_one = create_policy(proposal=proposal, actor=ACTOR, now=ago(days=20))
    moved = replace(proposal, id=made_one.pk, scope="write")
    edit_policy(proposal=moved, actor=ACTOR, now=ago(days=12))
    _, first_place, second_place = policy_versions(SPAN)
    assert first_place.applies_to == "admin tokens"
    assert second_place.applies_to == f"what audit entry {second_place.entry} says"
