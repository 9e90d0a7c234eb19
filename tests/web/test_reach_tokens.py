"""Roles in single companies: the page of one token, the acts on it, and what their forms name.

One value, one integration and one leaving token stand in two companies, so that whatever one row
tells of the other can show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, failing, make_token, token_value
from tests.web.conftest import signed_in
from tests.web.test_matrix import everything
from tests.web.test_reach import MARKER, text_of
from tokens.models import (
    Account,
    Check,
    Compromise,
    Consumer,
    PolicyException,
    Revocation,
    Rotation,
    Secret,
    Token,
)
from tokens.policy.vocabulary import CompanyRole, Proof, Role, State
from tokens.services.compromise import mark_compromised
from tokens.services.consumers import add_consumer
from tokens.services.memberships import give_role
from tokens.services.record_revocation import record_revocation
from tokens.services.rotation import start_rotation, submit_value
from tokens.web.whole_value import ELSEWHERE

pytestmark = pytest.mark.django_db

UNSEEN = "in another company that you cannot see"
TODAY = timezone.now().date()


@dataclass(frozen=True)
class Pair:
    """`own` and `foreign` hold one value and serve one integration; `alone` and `other` do not.

    `value` and `secret` are the texts of `own` and `other`; `job` uses `other`'s integration.
    """

    own: Token
    foreign: Token
    alone: Token
    other: Token
    value: str
    secret: str
    job: Consumer


@pytest.fixture
def pair(administrator: Account) -> Pair:
    now, value, secret = timezone.now(), token_value(), token_value()
    near: dict[str, Any] = {"company_name": "Near GmbH", "owner_email": "near@acme.example"}
    far: dict[str, Any] = {
        "company_name": f"{MARKER} GmbH",
        "workspace_id": 4711,
        "owner_email": f"{MARKER}@acme.example",
        "created_by_email": f"{MARKER}-creator@acme.example",
        "label": f"{MARKER} label",
        "where": f"{MARKER} vault",
    }
    foreign = make_token(now=now, integration_name="Common sync", value=value, **far)
    mark = {"health": "valid", "last_accepted_at": now, "last_conclusive_at": now}
    own = make_token(
        now=now, integration_name="Common sync", value=value, allow_shared=True, secret=mark, **near
    )
    alone = make_token(now=now, integration_name="Near sync", **near)
    other = make_token(now=now, integration_name=f"{MARKER} sync", value=secret, **far)
    job = add_consumer(integration=other.integration, name=f"{MARKER} job", actor=ACTOR, now=now)
    add_consumer(integration=own.integration, name="Common job", actor=ACTOR, now=now)
    return Pair(own, foreign, alone, other, value, secret, job)


def member(pair: Pair, role: CompanyRole, email: str = "mia@near.example") -> Client:
    """Signed in, with this role in the company in sight and in no other."""
    account, _ = Account.objects.get_or_create(email=email, defaults={"role": Role.MEMBER.value})
    company, now = pair.own.company, timezone.now()
    give_role(company=company, email=email, role=role, actor=ACTOR, now=now)
    return signed_in(Account.objects.get(pk=account.pk))


def page(client: Client, token: Token, tail: str = "") -> str:
    answer = client.get(f"/tokens/{token.pk}/{tail}")
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def shown(answer: Any, *typed: object) -> str:
    """What was answered, without what changes from request to request, or was just typed."""
    text = re.sub(
        r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", answer.content.decode()
    )
    text = re.sub(r'nonce="[^"]*"', "", text)
    for each in typed:
        text = text.replace(str(each), "TYPED")
    return text


# What the page says of a value that another company has, too, whatever state it is in. Each of
# these returns the token in sight.


def as_it_is(pair: Pair) -> Token:
    """Nothing happened to it."""
    return pair.own


def replaced(pair: Pair) -> Token:
    now = timezone.now() - timedelta(days=30)
    Token.objects.filter(pk=pair.own.pk).update(state=State.REPLACED.value, replaced_at=now)
    return pair.own


def refused(pair: Pair) -> Token:
    now = timezone.now()
    at = now - timedelta(minutes=9)
    _refuse(pair.own, at, accepted_at=now - timedelta(days=1))
    Check.objects.create(
        secret=pair.other.secret, outcome="valid", status=200, first_at=at, last_at=now, count=3
    )
    return pair.own


def compromised_elsewhere(pair: Pair) -> Token:
    """Recorded before there was a row in sight."""
    said = {"reason": f"{MARKER} leak", "by": f"{MARKER}@acme.example"}
    lone = make_token(
        company_name=pair.foreign.company.name, integration_name=f"{MARKER} early",
        value=(value := token_value()),
    )  # fmt: skip
    mark_compromised(token=lone, **said, actor=ACTOR, now=timezone.now())
    return make_token(
        now=timezone.now() + timedelta(minutes=1), company_name="Near GmbH", value=value,
        allow_shared=True,
    )  # fmt: skip


def proved(pair: Pair) -> Token:
    found = _revoked(pair)
    found.proof, found.witness_count = Proof.CONFIRMED.value, 417
    found.witnesses = [
        {"id": str(pair.other.pk), "name": f"{MARKER} witness", "accepted_at": ""},
        {"id": str(pair.alone.pk), "name": "Near witness", "accepted_at": ""},
    ]
    found.last_accepted_at = found.first_refused_at = found.confirmed_at = found.recorded_at
    found.save()
    return pair.own


def contradicted(pair: Pair) -> Token:
    """Recorded for the foreign row; another token of that company is refused since."""
    found = _revoked(pair)
    found.proof = Proof.CONTRADICTED.value
    found.save()
    _refuse(pair.other, timezone.now(), accepted_at=found.recorded_at)
    return pair.own


def _refuse(token: Token, since: datetime, *, accepted_at: datetime) -> None:
    columns = failing(since, accepted_at=accepted_at)
    Secret.objects.filter(pk=token.secret_id).update(**columns)


def _revoked(pair: Pair) -> Revocation:
    said: dict[str, Any] = {"reason": "no longer needed", "by": "ada@acme.example"}
    return record_revocation(token=pair.foreign, **said, actor=ACTOR, now=timezone.now())


STATES = [as_it_is, replaced, refused, compromised_elsewhere, proved, contradicted]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", [CompanyRole.VIEWER, CompanyRole.ADMIN])
def test_a_shared_value_names_no_other_company(
    pair: Pair, role: CompanyRole, state: Callable[[Pair], Token]
) -> None:
    token = state(pair)
    client = member(pair, role)
    for tail in ("", "compromised/"):
        text = page(client, token, tail)
        assert MARKER not in text.lower(), tail
        assert str(pair.foreign.pk) not in text
        assert str(pair.other.pk) not in text
        assert not re.search(r"\b417\b", text)
    assert UNSEEN in page(client, token)


@pytest.mark.parametrize("state", STATES)
def test_an_administrator_sees_all_of_it(
    pair: Pair, state: Callable[[Pair], Token], as_administrator: Client
) -> None:
    """So the other test would find it, were it there."""
    token = state(pair)
    text = page(as_administrator, token)
    assert f"{MARKER} GmbH" in text
    assert UNSEEN not in text
    assert (f"{MARKER} leak" in text) is (state is compromised_elsewhere)
    assert (f"{MARKER} witness" in text) is (state is proved)
    assert (f"/tokens/{pair.other.pk}/" in text) is (state in {proved, contradicted})


def test_the_proof_names_witnesses_of_ones_own_and_counts_none(pair: Pair) -> None:
    proved(pair)
    text = page(member(pair, CompanyRole.VIEWER), pair.own)
    assert "Near witness" in text
    assert "Other tokens worked in those minutes" in text
    assert "other tokens were accepted in those minutes" in text


# Acts that would touch the other row.


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


# What forms name.


def form(**changes: Any) -> dict[str, Any]:
    return {
        "company": "Near GmbH",
        "integration": "Near sync",
        "environment": "development",
        "scope": "read",
        "issued_at": TODAY.isoformat(),
        "token": token_value(),
        **changes,
    }


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


# What each role does for real.


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
