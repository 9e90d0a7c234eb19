"""The policy: shown with its meaning, changed in two steps, every due day following."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import ACTOR, NOW, failing, make_token
from tokens.audit import Event
from tokens.errors import InvalidInput
from tokens.models import AuditEvent, Policy, Token
from tokens.policy.days import due_at, midnight, utc_day
from tokens.policy.settings import DEFAULT, Rules
from tokens.policy.vocabulary import Flag
from tokens.selectors.policy_preview import effects
from tokens.services.change_policy import change_policy

pytestmark = pytest.mark.django_db

NUMBERS: dict[str, Any] = {
    "rotate_days": 90,
    "warn_days": 14,
    "unused_days": 30,
    "stale_hours": 48,
    "overlap_days": 7,
}


def change(**numbers: int) -> Policy:
    return change_policy(**{**NUMBERS, **numbers}, actor=ACTOR, now=NOW)


def test_every_due_day_follows_and_its_reminder_is_decided_anew() -> None:
    known = make_token(issued_at=NOW - timedelta(days=40), row={"remind_at": NOW})
    unknown = make_token(issued_at=None)
    revoked = make_token(row={"state": "revoked", "remind_at": NOW})
    change(rotate_days=30, warn_days=5)
    rules = Rules(rotate_days=30, warn_days=5)
    for token in (known, unknown):
        token.refresh_from_db()
        assert token.due_at == due_at(
            issued_at=token.issued_at, stored_at=token.stored_at, rules=rules
        )
        assert token.remind_at is None
    before = revoked.due_at
    revoked.refresh_from_db()
    assert (revoked.due_at, revoked.remind_at) == (before, NOW)


def test_a_change_is_audited_with_old_and_new() -> None:
    change(rotate_days=60)
    entry = AuditEvent.objects.get(kind=Event.POLICY_CHANGED)
    assert '"fields":["rotate_days"]' in entry.data
    assert '"old":[90]' in entry.data
    assert '"new":[60]' in entry.data


def test_the_same_numbers_change_nothing_and_keep_reminders() -> None:
    token = make_token(row={"remind_at": NOW})
    change()
    token.refresh_from_db()
    assert token.remind_at == NOW
    assert not AuditEvent.objects.filter(kind=Event.POLICY_CHANGED).exists()


def test_a_due_day_that_stays_keeps_its_reminder() -> None:
    token = make_token(row={"remind_at": NOW})
    change(stale_hours=24)
    token.refresh_from_db()
    assert token.remind_at == NOW


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("rotate_days", 0),
        ("rotate_days", 3651),
        ("warn_days", -1),
        ("warn_days", 91),
        ("unused_days", 0),
        ("stale_hours", 0),
        ("stale_hours", 8761),
        ("overlap_days", -1),
    ],
)
def test_numbers_without_sense_are_refused_by_name(name: str, number: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        change(**{name: number})
    assert caught.value.field == name
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    "numbers",
    [
        {"rotate_days": 20},
        {"rotate_days": 10, "warn_days": 0},
        {"rotate_days": 365, "warn_days": 60},
        {"unused_days": 1, "stale_hours": 1, "overlap_days": 0},
        {},
    ],
)
def test_the_preview_says_what_then_happens(numbers: dict[str, int]) -> None:
    for age in (0, 5, 9, 10, 11, 24, 76, 77, 89, 90, 91, 200):
        day = midnight(utc_day(NOW)) - timedelta(days=age)
        make_token(issued_at=day)
        make_token(issued_at=None, row={"stored_at": day + timedelta(hours=13)})
    make_token(row={"state": "replaced", "replaced_at": NOW - timedelta(days=3)})
    make_token(secret=failing(NOW - timedelta(days=3)))
    make_token(issued_at=NOW - timedelta(days=400), row={"state": "revoked"})
    change(stale_hours=47)  # brings the columns in line with the facts
    present = Policy.objects.get().rules()
    proposed = Rules(**{**NUMBERS, **numbers})
    said = {effect.flag: effect.after for effect in effects(present, proposed, NOW)}
    change(**numbers)
    then = {effect.flag: effect.before for effect in effects(proposed, present, NOW)}
    assert said == then
    assert said[Flag.OVERDUE] == _overdue(proposed)


def _overdue(rules: Rules) -> int:
    from tokens.models.flag_queries import flagged

    return Token.objects.filter(flagged(Flag.OVERDUE, rules=rules, now=NOW)).count()


def test_the_page_says_what_each_number_means(as_auditor: Client) -> None:
    page = as_auditor.get("/policies/").content.decode()
    assert "90 <small>days</small>" in page
    assert "30, 14, 7, 1 and 0 days left" in page
    assert "/policies/change/" not in page


def test_the_first_step_only_shows_and_the_second_changes(as_administrator: Client) -> None:
    data: dict[str, Any] = {**NUMBERS, "rotate_days": 30}
    answer = as_administrator.post("/policies/change/", {**data, "step": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "90 → <b>30</b>" in page
    assert not Policy.objects.exists()
    assert as_administrator.post("/policies/change/", {**data, "step": "save"}).status_code == 302
    assert Policy.objects.get().rotate_days == 30
    assert AuditEvent.objects.get(kind=Event.POLICY_CHANGED).actor_name == "ada@acme.example"


@pytest.mark.parametrize("step", ["preview", "save"])
def test_the_page_names_the_wrong_number(as_administrator: Client, step: str) -> None:
    data: dict[str, Any] = {**NUMBERS, "warn_days": 91, "step": step}
    answer = as_administrator.post("/policies/change/", data)
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {"warn_days"})
    assert not Policy.objects.exists()


def test_an_auditor_changes_nothing(as_auditor: Client) -> None:
    assert as_auditor.get("/policies/change/").status_code == 403
    assert as_auditor.post("/policies/change/", {**NUMBERS, "step": "save"}).status_code == 403
    assert not Policy.objects.exists()


def test_the_defaults_can_be_saved() -> None:
    assert Rules(**NUMBERS) == DEFAULT
