from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.moments import NOW, ago, ahead, utc
from tokens.policy.exceptions import MAY_BE_EXCEPTED, Excepted
from tokens.policy.flags import FLAG_RULES, TokenFacts, can_tell_use, flags, stands, within_policy
from tokens.policy.logs import Cover
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Environment, Flag, Health, Proof, State

US = timedelta(microseconds=1)
GOOD = TokenFacts(
    state=State.ACTIVE,
    environment=Environment.PRODUCTION,
    due_at=utc("2026-05-01T00:00"),
    issued_at=utc("2026-01-31T00:00"),
    stored_at=ago(days=20),
    replaced_at=None,
    has_owner=True,
    held=True,
    health=Health.VALID,
    accepted_before=True,
    last_conclusive_at=ago(hours=1),
    last_used_at=None,
    integration_reports=False,
    headers_live_until=None,
)
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)
REPLACED: dict[str, Any] = {"state": State.REPLACED, "replaced_at": ago(days=1)}
REVOKED: dict[str, Any] = {"state": State.REVOKED, "proof": Proof.CONFIRMED}


def standing(**changes: Any) -> list[str]:
    return list(flags(GOOD._replace(**changes), DEFAULT, NOW))


def test_a_good_token_has_none() -> None:
    assert standing() == []


def test_every_flag_has_its_rule() -> None:
    assert set(FLAG_RULES) == set(Flag)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # days left: 14 and 0 are expiring, 15 is not yet, -1 is overdue
        ({"due_at": utc("2026-03-25")}, []),
        ({"due_at": utc("2026-03-24")}, ["expiring"]),
        ({"due_at": utc("2026-03-10")}, ["expiring"]),
        ({"due_at": utc("2026-03-09")}, ["overdue"]),
        ({"due_at": utc("2025-03-09")}, ["overdue"]),
        # failing, and what stands instead of it
        ({"health": Health.FAILING, "accepted_before": False}, ["failing"]),
        ({"health": Health.FAILING}, ["unrecorded_revocation"]),
        ({"health": Health.INSUFFICIENT}, ["insufficient"]),
        ({"health": Health.UNCHECKED, "accepted_before": False}, []),
        # stale: longer than 48 hours since the later of last conclusive check and storing
        ({"last_conclusive_at": ago(hours=48)}, []),
        ({"last_conclusive_at": ago(hours=48) - US}, ["stale"]),
        ({"last_conclusive_at": None}, ["stale"]),
        ({"last_conclusive_at": None, "stored_at": ago(hours=48)}, []),
        ({"last_conclusive_at": ago(days=9), "stored_at": ago(hours=1)}, []),
        ({"shared": True}, ["shared"]),
        ({"mixed_environments": True, "shared": True}, ["mixed_environments", "shared"]),
        ({"company_mismatch": True}, ["company_mismatch"]),
        ({"compromised_at": NOW}, ["compromised"]),
        ({"has_owner": False}, ["ownerless"]),
        ({"issued_at": None}, ["age_unknown"]),
        # a person is gone from the day on which they had left, or after their last day
        ({"owner_gone_from": date(2026, 3, 11)}, []),
        ({"owner_gone_from": date(2026, 3, 10)}, ["owner_left"]),
        ({"creator_gone_from": date(2026, 3, 11)}, []),
        ({"creator_gone_from": date(2025, 3, 10)}, ["creator_left"]),
        ({"permission_lost": True}, []),
        (
            {"permission_lost": True, "health": Health.INSUFFICIENT},
            ["insufficient", "permission_changed"],
        ),
        ({"workspace_inactive": True}, ["workspace_inactive"]),
        # never probed, so never stale
        ({"held": False, "last_conclusive_at": None}, ["not_held"]),
        # a proof says nothing of what is not revoked
        ({"proof": Proof.CONTRADICTED}, []),
    ],
)
def test_flags_of_an_active_token(changes: dict[str, Any], expected: list[str]) -> None:
    assert standing(**changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"replaced_at": ago(days=7)}, []),
        ({"replaced_at": ago(days=7) - US}, ["not_revoked"]),
        ({"health": Health.FAILING}, ["unrecorded_revocation"]),
        ({"health": Health.FAILING, "accepted_before": False}, []),
        ({"health": Health.INSUFFICIENT}, []),
        ({"last_conclusive_at": ago(days=3)}, ["stale"]),
        ({"compromised_at": ago(days=1)}, ["compromised"]),
        ({"shared": True, "mixed_environments": True}, ["mixed_environments", "shared"]),
        # all of these are of active ones alone
        ({"due_at": utc("2026-03-12")}, []),
        ({"due_at": utc("2026-01-01")}, []),
        ({"has_owner": False, "issued_at": None, "company_mismatch": True}, []),
        ({"held": False}, []),
        ({"owner_gone_from": date(2026, 3, 1), "creator_gone_from": date(2026, 3, 1)}, []),
        ({"permission_lost": True, "health": Health.INSUFFICIENT, "workspace_inactive": True}, []),
        ({"integration_reports": True, "last_used_at": ago(days=99)}, []),
    ],
)
def test_flags_of_a_replaced_token(changes: dict[str, Any], expected: list[str]) -> None:
    assert standing(**{**REPLACED, **changes}) == expected


@pytest.mark.parametrize("proof", list(Proof))
def test_a_revoked_token_has_at_most_the_contradiction(proof: Proof) -> None:
    everything = {
        "due_at": utc("2026-01-01"),
        "replaced_at": ago(days=99),
        "issued_at": None,
        "has_owner": False,
        "health": Health.FAILING,
        "last_conclusive_at": None,
        "integration_reports": True,
        "shared": True,
        "mixed_environments": True,
        "company_mismatch": True,
        "compromised_at": ago(days=1),
        "owner_gone_from": date(2026, 1, 1),
        "creator_gone_from": date(2026, 1, 1),
        "permission_lost": True,
        "workspace_inactive": True,
    }
    expected = ["revocation_contradicted"] if proof is Proof.CONTRADICTED else []
    assert standing(**{**REVOKED, **everything, "proof": proof}) == expected


LONG_AGO: dict[str, Any] = {"issued_at": ago(days=60), "stored_at": ago(days=50)}
REPORTS: dict[str, Any] = {"integration_reports": True}


@pytest.mark.parametrize(
    ("changes", "unused"),
    [
        (LONG_AGO, False),  # cannot tell
        (LONG_AGO | REPORTS, True),
        (LONG_AGO | {"logs": Cover(ago(days=30), ago(hours=48) + US)}, True),
        (LONG_AGO | {"logs": Cover(ago(days=30), ago(hours=48))}, False),  # nobody brings logs
        (LONG_AGO | {"logs": Cover(ago(days=30) + US, NOW)}, False),  # the first day is missing
        (LONG_AGO | {"headers_live_until": NOW + US}, True),
        (LONG_AGO | {"headers_live_until": NOW}, False),
        (LONG_AGO | REPORTS | {"last_used_at": ago(days=30)}, False),
        (LONG_AGO | REPORTS | {"last_used_at": ago(days=30) - US}, True),
        # the latest of issue, storing and evidence
        (REPORTS | {"stored_at": ago(days=30), "issued_at": ago(days=99)}, False),
        (REPORTS | {"stored_at": ago(days=99), "issued_at": ago(days=30)}, False),
        (REPORTS | {"stored_at": ago(days=31), "issued_at": None}, True),
        # an integration can report what is not held
        (LONG_AGO | REPORTS | {"held": False}, True),
    ],
)
def test_unused_needs_thirty_days_and_an_open_eye(changes: dict[str, Any], unused: bool) -> None:
    assert (Flag.UNUSED in flags(GOOD._replace(**changes), DEFAULT, NOW)) is unused


def test_headers_tell_until_their_moment() -> None:
    assert not can_tell_use(GOOD, DEFAULT, NOW)
    assert can_tell_use(GOOD._replace(headers_live_until=ahead(seconds=1)), DEFAULT, NOW)


@pytest.mark.parametrize(
    ("changes", "within"),
    [
        ({}, True),
        ({"due_at": utc("2026-03-10")}, True),
        ({"due_at": utc("2026-03-09")}, False),
        ({"health": Health.FAILING}, False),
        ({"compromised_at": ago(hours=1)}, False),
        ({"health": Health.FAILING, "accepted_before": False}, False),
        ({"health": Health.INSUFFICIENT, "has_owner": False, "shared": True}, True),
        ({"issued_at": None, "due_at": utc("2026-01-01")}, None),
        ({"held": False}, None),
        (REPLACED, None),
        (REVOKED, None),
        ({"excepted": ((Flag.UNUSED, TODAY),)}, None),
        ({"excepted": ((Flag.UNUSED, YESTERDAY),)}, True),
        ({"due_at": utc("2026-03-09"), "excepted": ((Flag.OVERDUE, TODAY),)}, None),
        ({"due_at": utc("2026-03-09"), "excepted": ((Flag.OVERDUE, YESTERDAY),)}, False),
        # nothing hides behind an exception for something else
        ({"due_at": utc("2026-03-09"), "excepted": ((Flag.UNUSED, TODAY),)}, False),
        ({"health": Health.FAILING, "excepted": ((Flag.OVERDUE, TODAY),)}, False),
    ],
)
def test_within_policy_and_who_counts(changes: dict[str, Any], within: bool | None) -> None:
    assert within_policy(GOOD._replace(**changes), DEFAULT, NOW) is within


MOMENTS = st.timedeltas(timedelta(days=-200), timedelta(days=200)).map(lambda span: NOW + span)
FACTS = st.builds(
    TokenFacts,
    state=st.sampled_from(State),
    environment=st.sampled_from(Environment),
    due_at=MOMENTS,
    issued_at=st.none() | MOMENTS,
    stored_at=MOMENTS,
    replaced_at=st.none() | MOMENTS,
    has_owner=st.booleans(),
    held=st.booleans(),
    health=st.sampled_from(Health),
    accepted_before=st.booleans(),
    last_conclusive_at=st.none() | MOMENTS,
    last_used_at=st.none() | MOMENTS,
    integration_reports=st.booleans(),
    headers_live_until=st.none() | MOMENTS,
    logs=st.none() | st.builds(Cover, MOMENTS, MOMENTS),
    shared=st.booleans(),
    mixed_environments=st.booleans(),
    company_mismatch=st.booleans(),
    proof=st.sampled_from(Proof),
    compromised_at=st.none() | MOMENTS,
    owner_gone_from=st.none() | MOMENTS.map(datetime.date),
    creator_gone_from=st.none() | MOMENTS.map(datetime.date),
    permission_lost=st.booleans(),
    workspace_inactive=st.booleans(),
    excepted=st.just(()),
)
EXCEPTED = st.lists(
    st.tuples(st.sampled_from(sorted(MAY_BE_EXCEPTED)), MOMENTS.map(datetime.date)), max_size=3
).map(tuple)
OF_REPLACED = {
    Flag.COMPROMISED,
    Flag.NOT_REVOKED,
    Flag.SHARED,
    Flag.MIXED_ENVIRONMENTS,
    Flag.STALE,
    Flag.UNRECORDED_REVOCATION,
}
EXCLUSIVE = [{Flag.EXPIRING, Flag.OVERDUE}, {Flag.FAILING, Flag.UNRECORDED_REVOCATION}]


@given(FACTS)
def test_every_state_has_only_its_flags(facts: TokenFacts) -> None:
    found = flags(facts, DEFAULT, NOW)
    assert list(found) == sorted(found)
    only = {
        State.ACTIVE: set(Flag) - {Flag.NOT_REVOKED, Flag.REVOCATION_CONTRADICTED},
        State.REPLACED: OF_REPLACED,
        State.REVOKED: {Flag.REVOCATION_CONTRADICTED},
    }
    assert set(found) <= only[facts.state]
    assert not any(pair <= set(found) for pair in EXCLUSIVE)


@given(FACTS, EXCEPTED)
def test_flags_are_those_that_stand(facts: TokenFacts, excepted: Excepted) -> None:
    for each in (facts, facts._replace(excepted=excepted)):
        standing_alone = [flag for flag in Flag if stands(flag, each, DEFAULT, NOW)]
        assert flags(each, DEFAULT, NOW) == tuple(sorted(standing_alone))
