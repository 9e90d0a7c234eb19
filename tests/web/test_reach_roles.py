"""Roles in single companies: what each of them does with a token, and with exceptions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, token_value
from tests.web.near_and_far import TODAY, Pair, form, make_pair, member, page
from tests.web.test_matrix import everything
from tests.web.test_reach import MARKER
from tokens.models import (
    Account,
    PolicyException,
)
from tokens.policy.vocabulary import CompanyRole, State
from tokens.services.memberships import give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(administrator: Account) -> Pair:
    return make_pair()


def acts(client: Client, pair: Pair) -> dict[str, int]:
    """The main acts on a token of one's own, by what they answer."""
    at, said = f"/tokens/{pair.alone.pk}/", {"reason": "x", "by": "mia@near.example"}
    paste = {"step": "paste", "token": token_value(), "issued_at": TODAY.isoformat()}
    until = (TODAY + timedelta(days=3)).isoformat()
    sent = [
        ("look", None, at),
        ("identify", {"token": token_value()}, "/identify/"),
        ("check", {}, f"{at}check/"),
        ("edit", {"owner_email": "new@acme.example"}, f"{at}edit/"),
        ("snooze", {"until": until, "reason": "x"}, f"{at}snooze/"),
        ("register", form(integration="New sync"), "/tokens/new/"),
        ("rotate", paste, f"{at}rotate/"),
        ("except", {"flags": ["unused"], "reason": "x", "ends_on": until}, f"{at}exceptions/new/"),
        ("mark", said, f"{at}compromised/"),
        ("revoke", said, f"{at}revoke/"),
        ("policy", {"policy": ""}, f"{at}policy/"),
    ]
    return {
        name: (client.get(where) if data is None else client.post(where, data)).status_code
        for name, data, where in sent
    }


READS, ASKS = {"look"}, {"identify"}
OPERATES = {"check", "edit", "snooze", "register", "rotate", "mark", "revoke"}


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (CompanyRole.VIEWER, READS),
        (CompanyRole.AUDITOR, READS | ASKS),
        (CompanyRole.OPERATOR, READS | ASKS | OPERATES),
        (CompanyRole.ADMIN, READS | ASKS | OPERATES | {"except"}),
    ],
)
def test_each_role_does_what_it_may_and_nothing_else(
    pair: Pair, role: CompanyRole, may: set[str]
) -> None:
    before = everything() if role is CompanyRole.VIEWER else None
    answers = acts(member(pair, role), pair)
    assert {name for name, status in answers.items() if status in {200, 302}} == may
    assert {status for name, status in answers.items() if name not in may} == {403}
    pair.alone.refresh_from_db()
    assert (pair.alone.state == State.REVOKED.value) is ("revoke" in may)
    assert PolicyException.objects.filter(token=pair.alone).exists() is ("except" in may)
    if before is not None:
        after = everything()
        changed = {name for name, rows in after.items() if rows != before[name]}
        assert changed <= {"tokens_account", "tokens_membership", "django_session"}


def test_a_page_offers_what_may_be_done_in_its_company(pair: Pair) -> None:
    client, far = member(pair, CompanyRole.ADMIN), pair.other.company
    give_role(
        company=far, email="mia@near.example", role=CompanyRole.VIEWER, actor=ACTOR,
        now=timezone.now(),
    )  # fmt: skip
    for token, offered in ((pair.alone, True), (pair.other, False)):
        text = page(client, token)
        for tail in ("edit", "rotate", "revoke", "compromised", "exceptions/new"):
            assert (f"/tokens/{token.pk}/{tail}/" in text) is offered, tail


def test_exceptions_are_decided_in_ones_own_company(pair: Pair) -> None:
    asked = {
        token: PolicyException.objects.create(
            token=token, flags=["unused"], reason=f"because of {token.company.name}",
            ends_on=TODAY, asked_by="max@near.example", asked_at=timezone.now(),
        )
        for token in (pair.alone, pair.other)
    }  # fmt: skip
    mine, foreign = asked[pair.alone].pk, asked[pair.other].pk
    asker = member(pair, CompanyRole.ADMIN, "max@near.example")
    admin, viewer = member(pair, CompanyRole.ADMIN), member(pair, CompanyRole.VIEWER, "v@x.example")
    for client, heading in ((admin, "Waiting for you"), (viewer, "Waiting for an administrator")):
        text = client.get("/exceptions/").content.decode()
        assert heading in text
        assert "Near sync" in text
        assert MARKER not in text.lower()
    assert decide(viewer, mine) == 403
    assert decide(asker, mine) == 302
    assert standing(mine) == "asked"
    assert decide(admin, foreign) == 404
    assert decide(admin, mine) == 302
    assert standing(mine) == "approved"
    assert standing(foreign) == "asked"


def test_a_company_admin_is_told_what_to_decide(pair: Pair) -> None:
    member(pair, CompanyRole.OPERATOR, "op@near.example")
    member(pair, CompanyRole.ADMIN, "max@near.example")
    client, until = member(pair, CompanyRole.ADMIN), (TODAY + timedelta(days=3)).isoformat()
    data = {"flags": ["unused"], "reason": "x", "ends_on": until}
    assert client.post(f"/tokens/{pair.alone.pk}/exceptions/new/", data).status_code == 302
    told = set(pair.alone.notices.filter(kind="exception").values_list("recipient", flat=True))
    assert told == {"ada@acme.example", "max@near.example"}


def decide(client: Client, exception: UUID) -> int:
    return int(client.post(f"/exceptions/{exception}/", {"act": "approve"}).status_code)


def standing(exception: UUID) -> str:
    return str(PolicyException.objects.values_list("decision", flat=True).get(pk=exception))
