import pytest

from tests.policy.test_flags import GOOD
from tokens.policy.todo import RANK, TONE, Kind, task_for
from tokens.policy.vocabulary import Environment, Flag

F = Flag


@pytest.mark.parametrize(
    ("flags", "production", "development"),
    [
        ([], [], []),
        ([F.REVOCATION_CONTRADICTED], ["contradicted"], ["contradicted"]),
        ([F.FAILING], ["failing_production"], ["failing_development"]),
        ([F.UNRECORDED_REVOCATION], ["unrecorded_revocation"], ["unrecorded_revocation"]),
        # nobody is sent to revoke what is refused already
        (
            [F.NOT_REVOKED, F.UNRECORDED_REVOCATION],
            ["unrecorded_revocation"],
            ["unrecorded_revocation"],
        ),
        ([F.NOT_REVOKED, F.STALE], ["not_revoked"], ["not_revoked"]),
        (
            [F.OWNERLESS, F.OVERDUE, F.FAILING],
            ["failing_production", "overdue", "ownerless"],
            ["overdue", "failing_development", "ownerless"],
        ),
        # one word for it, the gravest
        ([F.COMPROMISED, F.OVERDUE, F.NOT_REVOKED], ["compromised"], ["compromised"]),
        (
            [F.COMPROMISED, F.EXPIRING, F.OWNERLESS, F.UNRECORDED_REVOCATION],
            ["compromised", "unrecorded_revocation", "ownerless"],
            ["compromised", "unrecorded_revocation", "ownerless"],
        ),
        ([F.EXPIRING, F.AGE_UNKNOWN], ["due"], ["due"]),
        # one rotation is asked for once, for the gravest reason
        ([F.CREATOR_LEFT, F.PERMISSION_CHANGED, F.EXPIRING], ["creator_left"], ["creator_left"]),
        ([F.PERMISSION_CHANGED, F.EXPIRING], ["permission_changed"], ["permission_changed"]),
        (
            [F.OVERDUE, F.CREATOR_LEFT, F.OWNER_LEFT],
            ["overdue", "owner_left"],
            ["overdue", "owner_left"],
        ),
        # what it silenced is asked for by itself
        (
            [F.EXCEPTION_ENDED, F.OVERDUE],
            ["overdue", "exception_ended"],
            ["overdue", "exception_ended"],
        ),
        ([F.EXCEPTION_ENDED, F.UNUSED], ["exception_ended"], ["exception_ended"]),
        # what is worth seeing and no task of the page
        (
            [
                F.INSUFFICIENT,
                F.UNUSED,
                F.STALE,
                F.SHARED,
                F.NOT_HELD,
                F.COMPANY_MISMATCH,
                F.WORKSPACE_INACTIVE,
            ],
            [],
            [],
        ),
    ],
)
def test_tasks_in_order(flags: list[Flag], production: list[str], development: list[str]) -> None:
    assert task_for(flags, GOOD) == production
    elsewhere = GOOD._replace(environment=Environment.DEVELOPMENT)
    assert task_for(flags, elsewhere) == development


def test_the_order_is_the_one_of_the_issue() -> None:
    words = [
        "compromised",
        "contradicted",
        "failing_production",
        "unrecorded_revocation",
        "overdue",
        "not_revoked",
        "failing_development",
        "creator_left",
        "permission_changed",
        "exception_ended",
        "due",
        "ownerless",
        "owner_left",
        "denied",
        "exception_waits",
        "approval_waits",
        "leaving",
        "reconcile",
    ]
    assert sorted(Kind, key=RANK.__getitem__) == words


def test_every_kind_has_a_tone() -> None:
    assert set(TONE) == set(Kind)
