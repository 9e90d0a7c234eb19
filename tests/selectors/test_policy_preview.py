"""The preview of several policies says what the services then do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import ACTOR, NOW, failing, make_integration, make_token
from tokens.models import Token
from tokens.models.flag_queries import flagged
from tokens.policy.book import BASE, PolicyFacts
from tokens.policy.days import midnight, utc_day
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import Flag
from tokens.selectors.policy_preview import SHOWN, Preview, preview
from tokens.services.assign_policy import assign_policy
from tokens.services.change_policy import edit_policy
from tokens.services.create_policy import create_policy
from tokens.services.policy_in_force import rules_in_force
from tokens.services.remove_policy import remove_policy

pytestmark = pytest.mark.django_db

SHORT = Rules(rotate_days=20, warn_days=5, stale_hours=1, overlap_days=0, thresholds=(7, 0))


@pytest.fixture(autouse=True)
def _tokens() -> None:
    for age in (0, 14, 15, 16, 20, 21, 40, 90, 91):
        issued = midnight(utc_day(NOW)) - timedelta(days=age)
        for scope in ("admin", "read"):
            make_token(scope=scope, issued_at=issued)
            make_token(scope=scope, issued_at=None, row={"stored_at": issued})
    make_token(scope="admin", row={"state": "replaced", "replaced_at": NOW - timedelta(days=3)})
    make_token(scope="admin", secret=failing(NOW - timedelta(days=1)))
    make_token(scope="admin", row={"state": "revoked"})
    # Brings the columns in line with the facts that were set past all services.
    assign_policy(token_ids=[make_token().pk], policy=None, actor=ACTOR, now=NOW)
    edit_policy(proposal=PolicyFacts(BASE, "", Rules(unused_days=31)), actor=ACTOR, now=NOW)


def then(policy: int) -> tuple[dict[str, int], int]:
    book = rules_in_force()
    numbers = {
        flag.value: Token.objects.filter(flagged(flag, rules=book, now=NOW)).count()
        for flag in SHOWN
    }
    theirs = {"policy": None} if policy == BASE else {"policy": policy}
    return numbers, Token.objects.exclude(state="revoked").filter(**theirs).count()


def after(found: Preview) -> dict[str, int]:
    return {effect.flag: effect.after for effect in found.effects}


def before(found: Preview) -> dict[str, int]:
    return {effect.flag: effect.before for effect in found.effects}


def proposal(number: int = 0, rules: Rules = SHORT, **place: Any) -> PolicyFacts:
    return PolicyFacts(number, "Short", rules, **(place or {"scope": "admin"}))


def test_creating_changing_and_removing_do_what_they_said() -> None:
    book = rules_in_force()
    found = preview(book, book.with_proposal(proposal()), 0, NOW)
    assert (found.applied, found.joins, found.leaves) == (0, found.applies, 0)
    assert before(found) == then(BASE)[0]
    policy = create_policy(proposal=proposal(), actor=ACTOR, now=NOW).pk
    assert (after(found), found.applies) == then(policy)
    assert after(found)[Flag.OVERDUE] > before(found)[Flag.OVERDUE]

    wider = proposal(policy, Rules(rotate_days=60), scope="read")
    book = rules_in_force()
    found = preview(book, book.with_proposal(wider), policy, NOW)
    assert (found.applied, found.leaves) == (20, 20)
    edit_policy(proposal=wider, actor=ACTOR, now=NOW)
    assert (after(found), found.applies) == then(policy)

    book = rules_in_force()
    found = preview(book, book.without(policy), policy, NOW)
    assert (found.applies, found.joins) == (0, 0)
    assert found.leaves == found.applied == then(policy)[1]
    remove_policy(policy_id=policy, actor=ACTOR, now=NOW)
    assert after(found) == then(BASE)[0]


def test_the_base_policy_counts_only_for_tokens_of_no_other_one() -> None:
    create_policy(proposal=proposal(), actor=ACTOR, now=NOW)
    book = rules_in_force()
    base = PolicyFacts(BASE, "", Rules(rotate_days=10, warn_days=3))
    found = preview(book, book.with_proposal(base), BASE, NOW)
    assert (found.joins, found.leaves) == (0, 0)
    edit_policy(proposal=base, actor=ACTOR, now=NOW)
    assert (after(found), found.applies) == then(BASE)


def test_a_choice_by_hand_is_previewed_as_such() -> None:
    hand = create_policy(
        proposal=proposal(scope="", environment="development"), actor=ACTOR, now=NOW
    )
    chosen = make_token(scope="admin")
    assign_policy(token_ids=[chosen.pk], policy=hand.pk, actor=ACTOR, now=NOW)
    book = rules_in_force()
    everywhere = proposal(scope="admin", rules=Rules(rotate_days=5, warn_days=1, thresholds=(0,)))
    found = preview(book, book.with_proposal(everywhere), 0, NOW)
    admins = Token.objects.exclude(state="revoked").filter(scope="admin").count()
    assert found.applies == admins - 1


def test_examples_are_what_would_be_flagged_and_is_not() -> None:
    integration = make_integration("Portal")
    token = make_token(integration=integration, issued_at=NOW - timedelta(days=30))
    book = rules_in_force()
    only = proposal(integration=integration.pk, integration_name="Portal")
    found = preview(book, book.with_proposal(only), 0, NOW)
    assert [(one.id, one.integration, one.flag) for one in found.examples] == [
        (token.pk, "Portal", "overdue")
    ]
    assert preview(book, book, BASE, NOW).changes is False
