"""Access reviews from start to a signed result, and what nobody can do to them."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.factories import NOW, accepted, actor_of, make_account, make_token, token_value
from tokens.audit import verify
from tokens.errors import InvalidInput, KeyringError, NotAllowed, WrongState
from tokens.models import Account, AuditEvent, Review, ReviewItem, Token
from tokens.policy.vocabulary import Role, State
from tokens.selectors.filters import Filters
from tokens.services.reviews.close import close_review, digest_of
from tokens.services.reviews.decide import decide, take_over
from tokens.services.reviews.export import export_review
from tokens.services.reviews.sign import check_result, message, sign_reviews
from tokens.services.reviews.start import Asked, start_review

pytestmark = pytest.mark.django_db
DUE = (NOW + timedelta(days=14)).date()


@pytest.fixture
def ada(db: None) -> Account:
    return make_account("ada@acme.example")


@pytest.fixture
def otto(db: None) -> Account:
    return make_account("otto@acme.example", role=Role.AUDITOR)


def started(ada: Account, reviewer: Account, **changes: Any) -> Review:
    given: dict[str, Any] = {"name": "Autumn", "due_on": DUE, "reviewer": reviewer} | changes
    asked = Asked(**given)
    return start_review(asked=asked, asked_by=ada, actor=actor_of(ada), now=NOW)


def say(
    review: Review, who: Account, decision: str = "confirm", reason: str = "", **more: Any
) -> int:
    items = more.pop("items", None)
    if items is None:
        items = list(ReviewItem.objects.filter(review=review).values_list("pk", flat=True))
    return decide(
        review=review, items=items, decision=decision, reason=reason, account=who,
        actor=actor_of(who), now=NOW + timedelta(days=1),
    )  # fmt: skip


def test_tokens_are_chosen_as_in_the_inventory_and_their_facts_kept(
    ada: Account, otto: Account
) -> None:
    value = token_value()
    first = make_token(value=value, secret=accepted(), environment="production", label="main")
    make_token(environment="development")
    make_token(environment="production", row={"state": State.REVOKED.value})
    review = started(ada, otto, filters=Filters.parse({"environment": "production"}))
    (item,) = ReviewItem.objects.filter(review=review)
    assert (item.token_id, item.reviewer) == (first.pk, otto)
    assert item.facts["label"] == "main"
    assert item.facts["owner"] == first.owner.email  # type: ignore[union-attr]
    assert value not in json.dumps(item.facts)
    Token.objects.filter(pk=first.pk).update(label="renamed")
    item.refresh_from_db()
    assert item.facts["label"] == "main"
    facts = json.loads(AuditEvent.objects.get(kind="review.started").data)
    assert facts["filters"] == ["environment=production"]


def test_companies_may_have_reviewers_of_their_own(ada: Account, otto: Account) -> None:
    one, other = make_token(), make_token()
    review = started(ada, otto, by_company={one.company_id: ada})
    by_token = dict(ReviewItem.objects.filter(review=review).values_list("token", "reviewer"))
    assert by_token == {one.pk: ada.pk, other.pk: otto.pk}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"due_on": (NOW - timedelta(days=1)).date()}, "due_on"),
        ({"due_on": (NOW + timedelta(days=400)).date()}, "due_on"),
        ({"filters": Filters(environment=("development",))}, "tokens"),
    ],
)
def test_a_review_that_makes_no_sense_names_the_field(
    ada: Account, otto: Account, changes: dict[str, Any], field: str
) -> None:
    make_token(environment="production")
    with pytest.raises(InvalidInput) as refused:
        started(ada, otto, **changes)
    assert refused.value.field == field
    assert not Review.objects.exists()


def test_who_cannot_sign_in_is_no_reviewer(ada: Account, otto: Account) -> None:
    make_token()
    Account.objects.filter(pk=otto.pk).update(is_active=False)
    otto.refresh_from_db()
    with pytest.raises(InvalidInput):
        started(ada, otto)


def test_only_the_reviewer_decides(ada: Account, otto: Account) -> None:
    make_token()
    review = started(ada, otto)
    with pytest.raises(NotAllowed):
        say(review, ada)
    assert say(review, otto) == 1
    assert say(review, otto, "deny", "nobody knows it any more") == 1
    item = ReviewItem.objects.get()
    assert (item.decision, item.decided_by) == ("deny", "otto@acme.example")
    assert AuditEvent.objects.filter(kind="review.decided").count() == 2


def test_an_administrator_takes_over_what_is_undecided(ada: Account, otto: Account) -> None:
    make_token()
    make_token()
    review = started(ada, otto)
    first = ReviewItem.objects.order_by("place")[0]
    say(review, otto, items=[first.pk])
    moved = take_over(review=review, reviewer=otto, by=ada, actor=actor_of(ada), now=NOW)
    assert moved == 1
    assert sorted(ReviewItem.objects.values_list("reviewer__email", flat=True)) == [
        "ada@acme.example", "otto@acme.example",
    ]  # fmt: skip
    with pytest.raises(WrongState):
        take_over(review=review, reviewer=otto, by=ada, actor=actor_of(ada), now=NOW)
    facts = json.loads(AuditEvent.objects.get(kind="review.taken_over").data)
    assert facts == {"old": "otto@acme.example", "new": "ada@acme.example", "count": 1}


@pytest.mark.parametrize(
    ("decision", "reason", "field"),
    [("deny", "", "reason"), ("deny", "x" * 501, "reason"), ("maybe", "x", "decision")],
)
def test_denying_needs_a_reason(
    ada: Account, otto: Account, decision: str, reason: str, field: str
) -> None:
    make_token()
    review = started(ada, otto)
    with pytest.raises(InvalidInput) as refused:
        say(review, otto, decision, reason)
    assert refused.value.field == field
    assert not ReviewItem.objects.exclude(decision="").exists()


def test_a_token_in_the_reason_is_refused(ada: Account, otto: Account) -> None:
    make_token()
    review = started(ada, otto)
    with pytest.raises(InvalidInput) as refused:
        say(review, otto, "deny", f"it is {token_value()}")
    assert "sk_" not in refused.value.message


def test_items_of_another_review_are_refused_together(ada: Account, otto: Account) -> None:
    make_token()
    review, other = started(ada, otto), started(ada, otto, name="Other")
    ids = list(ReviewItem.objects.values_list("pk", flat=True))
    with pytest.raises(InvalidInput):
        say(review, otto, items=ids)
    with pytest.raises(InvalidInput):
        say(other, otto, items=[])
    assert not ReviewItem.objects.exclude(decision="").exists()


def closed(ada: Account, otto: Account) -> Review:
    make_token(integration_name="Portal Ω")
    make_token()
    review = started(ada, otto)
    first = ReviewItem.objects.order_by("place")[0]
    say(review, otto, "deny", "not needed", items=[first.pk])
    return close_review(review=review, actor=actor_of(ada), now=NOW + timedelta(days=2))


def test_a_closed_result_is_frozen_and_says_what_nobody_decided(
    ada: Account, otto: Account
) -> None:
    review = closed(ada, otto)
    document = json.loads(review.result)
    assert document["counts"] == {"tokens": 2, "confirmed": 0, "denied": 1, "undecided": 1}
    assert review.result.isascii()
    with pytest.raises(WrongState):
        say(review, otto)
    with pytest.raises(WrongState):
        take_over(review=review, reviewer=otto, by=ada, actor=actor_of(ada), now=NOW)
    with pytest.raises(WrongState):
        close_review(review=review, actor=actor_of(ada), now=NOW)
    facts = json.loads(AuditEvent.objects.get(kind="review.closed").data)
    assert facts["digest"] == hashlib.sha256(review.result.encode()).hexdigest()


def test_signed_by_whoever_holds_the_keyring_and_checked_by_anybody(
    ada: Account, otto: Account
) -> None:
    review = closed(ada, otto)
    assert check_result(review).signed is None
    assert (sign_reviews(now=NOW), sign_reviews(now=NOW)) == (1, 0)
    review.refresh_from_db()
    assert check_result(review).ok
    # The stand-alone check of docs/guide/reviews.md, with nothing of ours.
    exported = json.loads(export_review(review=review, format="json", actor=actor_of(ada), now=NOW))
    digest = hashlib.sha256(exported["result"].encode()).hexdigest()
    assert digest == exported["sha256"]
    Ed25519PublicKey.from_public_bytes(base64.b64decode(exported["public_key"])).verify(
        base64.b64decode(exported["signature"]),
        f"coolset-token-governance access review 1\n{digest}\n".encode(),
    )
    facts = json.loads(AuditEvent.objects.get(kind="review.signed").data)
    assert facts["public_key"] == exported["public_key"]
    assert verify().ok


def test_what_was_changed_afterwards_shows(ada: Account, otto: Account) -> None:
    review = closed(ada, otto)
    sign_reviews(now=NOW)
    review.refresh_from_db()
    review.result = review.result.replace("not needed", "still needed")
    assert not check_result(review).ok
    review.digest = digest_of(review.result)
    found = check_result(review)
    assert (found.unchanged, found.signed) == (True, False)
    assert message(review.digest) != message("0" * 64)


def test_a_page_cannot_sign(ada: Account, otto: Account, settings: Any) -> None:
    assert sign_reviews(now=NOW) == 0
    closed(ada, otto)
    settings.VAULT_MAY_OPEN = False
    with pytest.raises(KeyringError):
        sign_reviews(now=NOW)
    assert not Review.objects.filter(signed_at__isnull=False).exists()


def test_csv_is_harmless_and_an_open_review_is_not_exported(ada: Account, otto: Account) -> None:
    make_token(integration_name="=cmd()")
    review = started(ada, otto)
    with pytest.raises(WrongState):
        export_review(review=review, format="csv", actor=actor_of(ada), now=NOW)
    say(review, otto, reason="-1")
    review = close_review(review=review, actor=actor_of(ada), now=NOW)
    text = export_review(review=review, format="csv", actor=actor_of(ada), now=NOW)
    assert "'=cmd()" in text
    assert "'-1" in text
    with pytest.raises(InvalidInput):
        export_review(review=review, format="pdf", actor=actor_of(ada), now=NOW)
