from dataclasses import replace
from datetime import timedelta

import pytest

from tests.policy.moments import NOW
from tokens.policy.bulk import PERMISSIONS, SKIP_WORDS, BulkAction, BulkFacts, Skip, skipped
from tokens.policy.roles import Permission, allows
from tokens.policy.vocabulary import Proof, State

GOOD = BulkFacts(State.ACTIVE, True, False, True, None, Proof.NONE, "a@acme.example", "p1")
CHECK, OWNER, REVOCATION, POLICY = BulkAction


@pytest.mark.parametrize(
    ("action", "changes", "wanted", "why"),
    [
        (CHECK, {}, None, None),
        (CHECK, {"state": State.REVOKED}, None, None),  # a check may still prove the revocation
        (CHECK, {"held": False, "due": False}, None, Skip.NOT_HELD),
        (CHECK, {"destroyed": True, "due": False}, None, Skip.DESTROYED),
        (CHECK, {"due": False}, None, Skip.SAMPLE),
        (CHECK, {"throttled_until": NOW + timedelta(seconds=1)}, None, Skip.THROTTLED),
        (CHECK, {"throttled_until": NOW}, None, None),
        (OWNER, {}, None, None),  # nobody is named yet
        (OWNER, {}, "b@acme.example", None),
        (OWNER, {}, "a@acme.example", Skip.OWNED),
        (OWNER, {"owner": ""}, "", Skip.OWNED),
        (OWNER, {"state": State.REPLACED}, "b@acme.example", None),
        (OWNER, {"state": State.REVOKED}, "b@acme.example", Skip.REVOKED),
        (REVOCATION, {}, None, None),
        (REVOCATION, {"held": False}, None, None),
        (REVOCATION, {"proof": Proof.CLAIMED}, None, Skip.RECORDED),
        (REVOCATION, {"proof": Proof.CONFIRMED}, None, Skip.RECORDED),
        (REVOCATION, {"proof": Proof.CONTRADICTED, "state": State.REVOKED}, None, None),
        (POLICY, {}, None, None),
        (POLICY, {}, "p2", None),
        (POLICY, {}, "", None),
        (POLICY, {}, "p1", Skip.ASSIGNED),
        (POLICY, {"state": State.REVOKED}, "p2", Skip.REVOKED),
    ],
)
def test_who_is_passed_over(
    action: BulkAction, changes: dict[str, object], wanted: str | None, why: Skip | None
) -> None:
    facts = replace(GOOD, **changes)  # type: ignore[arg-type]  # names and values of the table
    assert skipped(action, facts, NOW, wanted=wanted) is why


def test_every_act_asks_for_a_permission_that_an_auditor_has_not() -> None:
    assert set(PERMISSIONS) == set(BulkAction)
    assert not any(allows("auditor", permission) for permission in PERMISSIONS.values())
    assert PERMISSIONS[REVOCATION] is Permission.REVOKE


def test_every_reason_has_its_words() -> None:
    assert set(SKIP_WORDS) == set(Skip)
