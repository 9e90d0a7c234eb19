"""Roles in single companies: acts that would touch what another company has, too."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.factories import ACTOR
from tests.web.near_and_far import UNSEEN, Pair, make_pair, member, page
from tests.web.test_matrix import everything
from tests.web.test_reach import MARKER, text_of
from tokens.access import ELSEWHERE
from tokens.models import (
    Account,
    Compromise,
    Consumer,
    Token,
)
from tokens.policy.vocabulary import CompanyRole, State
from tokens.services.compromise import mark_compromised
from tokens.services.memberships import give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(administrator: Account) -> Pair:
    return make_pair()


@pytest.mark.parametrize("tail", ["revoke/", "compromised/"])
def test_a_value_of_two_companies_is_an_administrators_to_end(pair: Pair, tail: str) -> None:
    client = member(pair, CompanyRole.ADMIN)
    text, before = page(client, pair.own), everything()
    assert f"/tokens/{pair.own.pk}/{tail}" not in text
    answer = client.post(f"/tokens/{pair.own.pk}/{tail}", {"reason": "x", "by": "mia@near.example"})
    assert answer.status_code == 403
    assert ELSEWHERE in answer.content.decode()
    assert MARKER not in text_of(answer)
    assert before == everything()


def test_a_tick_of_its_checklist_is_of_both_rows(pair: Pair) -> None:
    said: dict[str, Any] = {"reason": "x", "by": "ada@acme.example"}
    mark_compromised(token=pair.own, **said, actor=ACTOR, now=timezone.now())
    client = member(pair, CompanyRole.OPERATOR)
    assert "It is done" not in page(client, pair.own, "compromised/")
    answer = client.post(f"/tokens/{pair.own.pk}/compromised/", {"step": "look"})
    assert answer.status_code == 403
    assert Compromise.objects.get().done == {}


def test_with_roles_in_both_companies_it_is_ones_own(pair: Pair) -> None:
    client = member(pair, CompanyRole.OPERATOR)
    give_role(
        company=pair.foreign.company, email="mia@near.example", role=CompanyRole.OPERATOR,
        actor=ACTOR, now=timezone.now(),
    )  # fmt: skip
    text = page(client, pair.own)
    assert f"/tokens/{pair.foreign.pk}/" in text
    assert UNSEEN not in text
    answer = client.post(
        f"/tokens/{pair.own.pk}/revoke/", {"reason": "x", "by": "mia@near.example"}
    )
    assert answer.status_code == 302
    assert set(Token.objects.filter(secret=pair.own.secret).values_list("state", flat=True)) == {
        State.REVOKED.value
    }


def test_the_list_of_a_shared_integration_is_not_ones_own(pair: Pair) -> None:
    client, address = member(pair, CompanyRole.ADMIN), f"/integrations/{pair.own.integration_id}/"
    Token.objects.filter(pk__in=[pair.own.pk, pair.foreign.pk]).update(
        state=State.REPLACED.value, replaced_at=timezone.now()
    )
    listed = client.get(f"{address}consumers/")
    assert "Common job" in listed.content.decode()
    assert f"/tokens/{pair.own.pk}/" in listed.content.decode()
    assert MARKER not in text_of(listed)
    assert str(pair.foreign.pk) not in text_of(listed)
    one, before = Consumer.objects.get(name="Common job"), everything()
    for tail in ("", f"{one.pk}/", f"{one.pk}/retire/"):
        answer = client.post(f"{address}consumers/{tail}", {"name": "x"})
        assert answer.status_code == 403, tail
    assert before == everything()
    assert 'name="environment" value=""' not in page(client, pair.own)


def test_a_list_of_ones_own_is_kept(pair: Pair) -> None:
    client, address = (
        member(pair, CompanyRole.OPERATOR),
        f"/integrations/{pair.alone.integration_id}/",
    )
    for token in (pair.foreign, pair.alone):
        data = {"name": f"job for {token.pk}", "token": str(token.pk)}
        answer = client.post(f"{address}consumers/", data)
        back = f"/tokens/{token.pk}/#safe-to-revoke"
        assert (answer["Location"] == back) is (token == pair.alone)
    assert Consumer.objects.filter(integration=pair.alone.integration).count() == 2
