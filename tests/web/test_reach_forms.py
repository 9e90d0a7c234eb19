"""Roles in single companies: what the forms about tokens offer, and what is put into them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from tests.factories import ACTOR, token_value
from tests.web.near_and_far import TODAY, Pair, form, make_pair, member, shown
from tests.web.test_matrix import everything
from tests.web.test_reach import MARKER, text_of
from tokens.models import (
    Account,
    Rotation,
    Token,
)
from tokens.policy.book import PolicyFacts
from tokens.policy.settings import Rules
from tokens.policy.vocabulary import CompanyRole, State
from tokens.services.create_policy import create_policy
from tokens.services.rotation import start_rotation, submit_value

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(administrator: Account) -> Pair:
    return make_pair()


def test_the_form_offers_what_is_ones_own(pair: Pair) -> None:
    client = member(pair, CompanyRole.OPERATOR)
    named = f"?company={pair.other.company_id}&integration={pair.other.integration_id}"
    text = client.get(f"/tokens/new/{named}").content.decode()
    for words in ("Near GmbH", "Near sync", "Common sync", "near@acme.example"):
        assert f'<option value="{words}">' in text
    assert MARKER not in text.lower()


def test_a_company_out_of_sight_is_none(pair: Pair) -> None:
    client, before = member(pair, CompanyRole.OPERATOR), everything()
    answers = set()
    for name in (f"{MARKER} GmbH", "Nowhere GmbH"):
        answer = client.post("/tokens/new/", form(company=name))
        assert answer.status_code == 400
        assert "Is no company of yours." in answer.content.decode()
        answers.add(shown(answer, name))
    assert len(answers) == 1
    assert before == everything()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"integration": f"{MARKER} sync"}, "Is taken in a company where you may not do this"),
        ({"workspace_id": "4711"}, "Belongs to another company."),
    ],
)
def test_a_name_that_is_taken_elsewhere_leads_to_nothing(
    pair: Pair, changes: dict[str, str], words: str
) -> None:
    client, before = member(pair, CompanyRole.OPERATOR), everything()
    answer = client.post("/tokens/new/", form(**changes))
    text = answer.content.decode()
    assert answer.status_code == 400
    assert words in text
    assert MARKER not in shown(answer, *changes.values()).lower()
    assert before == everything()


@pytest.mark.parametrize("share", [{}, {"allow_shared": "on"}])
def test_a_value_of_another_company_is_not_joined(pair: Pair, share: dict[str, str]) -> None:
    client, before = member(pair, CompanyRole.OPERATOR), everything()
    for value in (pair.secret, pair.value):
        answer = client.post("/tokens/new/", form(token=value, label="x", **share))
        text = answer.content.decode()
        assert answer.status_code == 400
        assert "Is known here already, in a company where you may not do this" in text
        assert MARKER not in text.lower()
        assert "both places really use the same value" not in text or share
    assert before == everything()


def test_a_rotation_says_nothing_of_where_a_value_is(pair: Pair) -> None:
    now, waits = timezone.now(), token_value()
    rotation = start_rotation(token=pair.other, actor=ACTOR, now=now)
    submit_value(rotation=rotation, value=waits, issued_at=now, actor=ACTOR, now=now)
    client = member(pair, CompanyRole.OPERATOR)
    for value in (pair.secret, pair.value, waits):
        data = {"step": "paste", "token": value, "issued_at": TODAY.isoformat()}
        answer = client.post(f"/tokens/{pair.alone.pk}/rotate/", data)
        assert answer.status_code == 400
        assert "in a company where you may not do this" in answer.content.decode()
        assert MARKER not in text_of(answer)
    assert not Rotation.objects.filter(token=pair.alone).exclude(fingerprint=None).exists()


def test_a_value_of_another_company_is_unknown(pair: Pair) -> None:
    client = member(pair, CompanyRole.AUDITOR)
    unknown = client.post("/identify/", {"token": token_value()})
    foreign = client.post("/identify/", {"token": pair.secret})
    assert "It is not known here." in foreign.content.decode()
    assert shown(unknown) == shown(foreign)
    own = client.post("/identify/", {"token": pair.value})
    assert f"/tokens/{pair.own.pk}/" in own.content.decode()
    assert MARKER not in text_of(own)
    assert "2 places" not in own.content.decode()


def test_a_tick_for_a_consumer_out_of_sight_is_for_none(pair: Pair) -> None:
    Token.objects.filter(pk=pair.own.pk).update(
        state=State.REPLACED.value, replaced_at=timezone.now()
    )
    client, answers = member(pair, CompanyRole.OPERATOR), set()
    for consumer in (pair.job.pk, uuid4()):
        data = {"consumer": str(consumer)}
        answer = client.post(f"/tokens/{pair.own.pk}/consumers/", data, follow=True)
        answers.add("There is no such consumer of this token." in answer.content.decode())
        assert MARKER not in text_of(answer)
    assert answers == {True}


def test_an_owner_may_be_anybody_and_says_nothing(pair: Pair) -> None:
    client, answers = member(pair, CompanyRole.OPERATOR), set()
    for email in (f"{MARKER}@acme.example", "new@acme.example"):
        answer = client.post(f"/tokens/{pair.alone.pk}/edit/", {"owner_email": email}, follow=True)
        assert answer.status_code == 200
        answers.add("Saved." in answer.content.decode())
    assert answers == {True}


def test_a_comparison_gets_into_no_integration_of_others(pair: Pair) -> None:
    """What Coolset lists and nobody holds is added by a name, as by the form for one token."""
    client, before = member(pair, CompanyRole.OPERATOR), everything()
    company = pair.own.company_id
    taken = f"{MARKER} sync"
    row = {"integration": taken, "environment": "production", "scope": "read"}
    given: dict[str, object] = {
        "listed": "3",
        "known": [str(pair.own.pk), str(pair.alone.pk)],
        "rows-TOTAL_FORMS": "1",
        "rows-INITIAL_FORMS": "0",
        **{f"rows-0-{name}": text for name, text in row.items()},
    }
    answer = client.post(f"/companies/{company}/reconcile/", given)
    assert answer.status_code == 400
    assert "taken in a company where you may not do this" in answer.content.decode()
    assert MARKER not in shown(answer, taken).lower()
    assert before == everything()
    assert client.get(f"/integrations/{pair.other.integration_id}/").status_code == 404
    given |= {"rows-0-integration": "Common sync", "rows-0-label": "second"}  # one's own, too
    assert client.post(f"/companies/{company}/reconcile/", given).status_code == 302


def test_the_list_offers_policies_of_ones_own_tokens_alone(pair: Pair) -> None:
    proposal = PolicyFacts(0, f"{MARKER} policy", Rules(), company=pair.other.company_id)
    create_policy(proposal=proposal, actor=ACTOR, now=timezone.now())
    client = member(pair, CompanyRole.VIEWER)
    text = client.get("/tokens/").content.decode()
    assert MARKER not in text.lower()
    assert 'name="policy"' not in text
    own = PolicyFacts(0, "Near policy", Rules(), company=pair.own.company_id)
    create_policy(proposal=own, actor=ACTOR, now=timezone.now())
    text = client.get("/tokens/").content.decode()
    assert "Near policy" in text
    assert MARKER not in text.lower()
