"""What reads the trail once its oldest entries are archived: rules go on, judgements hold them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import ACTOR, NOW, accepted, failing, make_company, make_token
from tokens.audit import verify
from tokens.audit.anchors import anchor
from tokens.errors import WrongState
from tokens.models import AuditEvent, Policy, Secret, Token
from tokens.policy.book import PolicyFacts
from tokens.policy.days import utc_day
from tokens.policy.settings import Rules
from tokens.selectors.archived import archived_since, still_needed
from tokens.selectors.companies import not_in_coolsets_list
from tokens.selectors.report_policies import policy_versions
from tokens.selectors.revisions import revisions
from tokens.selectors.span import Span
from tokens.services.archive_audit.prefix import prefix_before
from tokens.services.archive_audit.remove import remove_archived
from tokens.services.archive_audit.write import write_archive
from tokens.services.change_policy import change_policy, edit_policy
from tokens.services.compromise import mark_compromised
from tokens.services.create_policy import create_policy
from tokens.services.edit_token import edit_token
from tokens.services.reconcile import reconcile
from tokens.services.record_revocation import record_revocation
from tokens.services.remove_policy import remove_policy

pytestmark = pytest.mark.django_db
BY = "ada@acme.example"
LATER = NOW + timedelta(days=500)
SPAN = Span(utc_day(NOW) - timedelta(days=5), utc_day(LATER))
NUMBERS = {"rotate_days": 60, "warn_days": 14, "unused_days": 30, "stale_hours": 48,
           "overlap_days": 7}  # fmt: skip


def archive(folder: Path, *, name: str = "old.jsonl", days: int = 1) -> None:
    """Everything up to so many days after NOW goes."""
    now = LATER + timedelta(days=days - 1)
    before = utc_day(NOW) + timedelta(days=days)
    made = write_archive(
        prefix=prefix_before(before, now=now), path=folder / name, actor=ACTOR, now=now
    )
    remove_archived(archive=made, reason="a year", actor=ACTOR, now=now)


def test_policies_are_told_as_before(tmp_path: Path) -> None:
    """Changed before the cut, after it, in both; removed before and after; never touched."""
    rules = Rules(rotate_days=30, warn_days=7, thresholds=(7, 1, 0))
    places = ("read", "production"), ("write", "production"), ("admin", ""), ("read", "")
    made = [
        create_policy(
            proposal=PolicyFacts(0, f"{scope} {where}", rules, scope=scope, environment=where),
            actor=ACTOR,
            now=NOW,
        )
        for scope, where in places
    ]
    change_policy(**NUMBERS, actor=ACTOR, now=NOW)
    remove_policy(policy_id=made[3].pk, actor=ACTOR, now=NOW + timedelta(hours=1))
    mid, late = NOW + timedelta(days=90), NOW + timedelta(days=200)
    shorter = replace(made[1].facts(), rules=replace(rules, rotate_days=20))
    edit_policy(proposal=shorter, actor=ACTOR, now=mid)
    remove_policy(policy_id=made[2].pk, actor=ACTOR, now=late)
    change_policy(**(NUMBERS | {"rotate_days": 45}), actor=ACTOR, now=late)
    before = policy_versions(Span(utc_day(mid), utc_day(LATER)))
    assert len(before) == 6  # the first; the second twice; the third; the base one twice
    archive(tmp_path)
    assert not AuditEvent.objects.filter(kind="policy.created").exists()
    assert policy_versions(Span(utc_day(mid), utc_day(LATER))) == before
    archive(tmp_path, name="more.jsonl", days=150)
    assert policy_versions(Span(utc_day(late), utc_day(LATER))) == tuple(
        each for each in before if each.until is None or each.until >= late
    )
    assert verify().ok


def test_no_number_of_a_policy_is_given_twice(tmp_path: Path) -> None:
    rules = Rules(rotate_days=30, warn_days=7, thresholds=(7, 1, 0))
    proposal = PolicyFacts(0, "Strict", rules, scope="admin")
    first = create_policy(proposal=proposal, actor=ACTOR, now=NOW)
    number = first.pk
    remove_policy(policy_id=number, actor=ACTOR, now=NOW)
    for name, days in (("a.jsonl", 1), ("b.jsonl", 700)):
        archive(tmp_path, name=name, days=days)
        assert not Policy.objects.filter(pk=number).exists()
        assert anchor().last_policy == number
    assert create_policy(proposal=proposal, actor=ACTOR, now=LATER).pk > number


def test_a_calendar_takes_what_comes_for_news(tmp_path: Path) -> None:
    token = make_token(secret=accepted())
    for label in ("a", "b", "c"):
        edit_token(token=token, label=label, actor=ACTOR, now=NOW)
    whole, each = revisions([token.pk])
    before = whole.number + each[token.pk].number
    archive(tmp_path)
    whole, each = revisions([token.pk])
    assert whole.number + (each[token.pk].number if token.pk in each else 0) >= before


def refused(folder: Path) -> str:
    with pytest.raises(WrongState) as found:
        archive(folder)
    assert anchor().number == 0
    assert AuditEvent.objects.filter(pk=1).exists()
    return found.value.message


def test_a_token_refused_since_before_holds_its_entries(tmp_path: Path) -> None:
    token = make_token(secret=failing(NOW + timedelta(days=2), accepted_at=NOW))
    assert str(token) in refused(tmp_path)
    record_revocation(token=token, reason="gone", by=BY, actor=ACTOR, now=NOW)
    (tmp_path / "old.jsonl").unlink()
    (tmp_path / "old.jsonl.checkpoint.json").unlink()
    archive(tmp_path)
    assert verify().ok


def test_a_compromised_token_holds_them_until_it_is_revoked(tmp_path: Path) -> None:
    token = make_token(secret=accepted(LATER))
    mark_compromised(token=token, reason="in a chat", by=BY, actor=ACTOR, now=NOW)
    assert "compromised and not revoked" in refused(tmp_path)
    Token.objects.update(state="revoked")
    assert still_needed(10**6, LATER) == ()


def test_the_last_comparison_holds_them_while_tokens_are_missing(tmp_path: Path) -> None:
    acme = make_company("Acme")
    make_token(company=acme, secret=accepted(LATER))
    reconcile(company=acme, listed=0, known_ids=[], additions=(), actor=ACTOR, now=NOW)
    assert "Acme has tokens" in refused(tmp_path)
    (missing,) = not_in_coolsets_list(acme)
    for each in tmp_path.iterdir():
        each.unlink()
    reconcile(company=acme, listed=1, known_ids=[missing.pk], additions=(), actor=ACTOR, now=LATER)
    archive(tmp_path)
    assert not_in_coolsets_list(acme) == []


def test_many_are_counted(tmp_path: Path) -> None:
    for _ in range(7):
        make_token(secret=failing(NOW + timedelta(days=2), accepted_at=NOW))
    assert "2 more like it" in refused(tmp_path)


def test_what_works_needs_nothing(tmp_path: Path) -> None:
    make_token(secret=accepted(LATER))
    Secret.objects.update(last_accepted_at=LATER)
    archive(tmp_path)
    assert verify().ok


def test_pages_ask_only_about_what_is_old_enough(
    tmp_path: Path, django_assert_num_queries: object
) -> None:
    make_token(secret=accepted(LATER))
    archive(tmp_path)
    assert archived_since(NOW, LATER) == anchor()
    assert archived_since(NOW + timedelta(days=30), LATER) is None
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert archived_since(NOW, NOW + timedelta(days=399)) is None
