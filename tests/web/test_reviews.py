"""Reviews as people work through them: start, decide in bulk, take over, close, export."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_account, make_token, token_value
from tests.web.conftest import signed_in
from tokens.models import Account, AuditEvent, Review, ReviewItem, Token
from tokens.policy.days import utc_day
from tokens.policy.vocabulary import Role, State
from tokens.services.reviews.sign import sign_reviews
from tokens.web import review_acts, review_new

pytestmark = pytest.mark.django_db
NEW = "/evidence/reviews/new/"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    for module in (review_new, review_acts):
        monkeypatch.setattr(module, "wake_worker", sent.append)
    return sent


def start(client: Client, reviewer: Account, query: str = "", /, **changes: str) -> Any:
    due = utc_day(timezone.now()) + timedelta(days=10)
    data = {"name": "Autumn review", "due_on": due.isoformat(), "reviewer": str(reviewer.pk)}
    return client.post(f"{NEW}{query}", {**data, **changes})


def begun(client: Client, reviewer: Account, **changes: str) -> Review:
    assert start(client, reviewer, **changes).status_code == 302
    return Review.objects.latest("created_at")


def ids(review: Review) -> list[str]:
    found = ReviewItem.objects.filter(review=review).order_by("place")
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def url(review: Review, tail: str = "") -> str:
    return f"/evidence/reviews/{review.pk}/{tail}"


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_tokens_are_chosen_by_the_inventorys_filters(
    as_administrator: Client, auditor: Account, woken: list[str]
) -> None:
    make_token(scope="admin")
    make_token(scope="read")
    form = text(as_administrator, f"{NEW}?scope=admin")
    assert "1 token of 1 company" in form
    answer = start(as_administrator, auditor, "?scope=admin")
    review = Review.objects.get()
    assert answer["Location"] == url(review)
    assert [item.token.scope for item in ReviewItem.objects.all()] == ["admin"]
    assert woken == ["tokens.evidence"]
    assert "Autumn review" in text(as_administrator, "/evidence/reviews/")
    assert "Autumn review" in text(as_administrator, "/evidence/")


def test_a_company_may_have_its_own_reviewer(
    as_administrator: Client, auditor: Account, administrator: Account
) -> None:
    one = make_token()
    make_token()
    field = f"company-{one.company_id}"
    begun(as_administrator, auditor, **{field: str(administrator.pk)})
    assert ReviewItem.objects.get(token=one).reviewer == administrator
    assert ReviewItem.objects.exclude(token=one).get().reviewer == auditor


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"due_on": "2020-01-01"}, "due_on"), ({"reviewer": "x"}, "reviewer")],
)
def test_what_is_wrong_is_named_at_its_field(
    as_administrator: Client, auditor: Account, changes: dict[str, str], field: str
) -> None:
    make_token()
    answer = start(as_administrator, auditor, **changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Review.objects.exists()


def test_without_tokens_a_review_leads_to_them(as_administrator: Client) -> None:
    page = as_administrator.get(NEW).content.decode()
    assert "No token in force yet" in page
    assert "Go to the tokens" in page
    assert "Try fewer filters" in as_administrator.get(NEW, {"q": "nothing"}).content.decode()


def test_companies_unfold_only_where_one_has_its_own_reviewer(
    as_administrator: Client, auditor: Account
) -> None:
    token, _ = make_token(), make_token()
    folded = start(as_administrator, auditor, name="").content.decode()
    assert "<details><summary>Another reviewer" in folded
    apart = {f"company-{token.company_id}": str(auditor.pk)}
    unfolded = start(as_administrator, auditor, name="", **apart).content.decode()
    assert "<details open><summary>Another reviewer" in unfolded


def test_a_token_as_a_name_or_filter_is_not_echoed(
    as_administrator: Client, auditor: Account
) -> None:
    make_token()
    value = token_value()
    for answer in (
        start(as_administrator, auditor, name=value),
        as_administrator.get(NEW, {"q": value}),
    ):
        assert answer.status_code == 400
        assert value not in answer.content.decode()


def test_an_auditor_decides_what_is_theirs(
    as_administrator: Client, as_auditor: Client, auditor: Account
) -> None:
    for _ in range(3):
        make_token()
    review = begun(as_administrator, auditor)
    page = text(as_auditor, url(review))
    assert "3 of 3 to decide" in page
    assert "Waits for your decision" in text(as_auditor, "/evidence/")
    first, second, third = ids(review)
    answer = as_auditor.post(
        url(review), {"item": [first, second], "decision": "confirm", "reason": ""}, follow=True
    )
    assert "Confirmed 2 tokens." in answer.content.decode()
    refused = as_auditor.post(url(review), {"item": [third], "decision": "deny", "reason": " "})
    assert refused.status_code == 400
    assert "Nothing was decided." in refused.content.decode()
    assert f'value="{third}" checked' in refused.content.decode()
    value = token_value()
    leaked = as_auditor.post(
        url(review), {"item": [third], "decision": "deny", "reason": f"it is {value}"}
    )
    assert leaked.status_code == 400
    assert value not in leaked.content.decode()
    as_auditor.post(url(review), {"item": [third], "decision": "deny", "reason": "unknown"})
    assert sorted(ReviewItem.objects.values_list("decision", flat=True)) == [
        "confirm", "confirm", "deny",
    ]  # fmt: skip
    assert "All decided, to be closed" in text(as_auditor, url(review))


def test_everything_on_a_page_at_once(
    as_administrator: Client, as_auditor: Client, auditor: Account
) -> None:
    for _ in range(4):
        make_token()
    review = begun(as_administrator, auditor)
    sent = {"all": ids(review), "every": "yes", "decision": "confirm", "reason": "all known"}
    as_auditor.post(url(review), sent)
    assert set(ReviewItem.objects.values_list("decision", "reason")) == {("confirm", "all known")}


def test_nobody_decides_for_another_without_taking_over(
    as_administrator: Client, auditor: Account
) -> None:
    make_token()
    review = begun(as_administrator, auditor)
    sent = {"item": ids(review), "decision": "confirm", "reason": ""}
    refused = as_administrator.post(url(review), sent)
    assert refused.status_code == 400
    assert "Take it over first" in refused.content.decode()
    assert "Confirm: still needed" not in text(as_administrator, url(review))
    as_administrator.post(url(review, f"take-over/{auditor.pk}/"))
    assert as_administrator.post(url(review), sent).status_code == 302
    assert AuditEvent.objects.filter(kind="review.taken_over").count() == 1


def test_an_auditor_neither_starts_nor_closes_nor_takes_over(
    as_administrator: Client, as_auditor: Client, auditor: Account, administrator: Account
) -> None:
    make_token()
    review = begun(as_administrator, administrator)
    assert start(as_auditor, auditor).status_code == 403
    for tail in ("close/", f"take-over/{administrator.pk}/"):
        assert as_auditor.post(url(review, tail)).status_code == 403
    page = text(as_auditor, url(review))
    assert "Close the review" not in page
    assert "Take over" not in page


def test_closing_asks_about_what_is_undecided_and_freezes(
    as_administrator: Client, auditor: Account, woken: list[str]
) -> None:
    make_token()
    review = begun(as_administrator, auditor)
    as_administrator.post(url(review, "close/"))
    assert Review.objects.get(pk=review.pk).is_open
    as_administrator.post(url(review, "close/"), {"undecided": "yes"})
    review.refresh_from_db()
    assert review.closed_at is not None
    assert woken == ["tokens.evidence", "tokens.evidence"]
    page = text(as_administrator, url(review))
    assert "Waiting for the worker’s signature." in page
    assert review.digest in page
    sign_reviews(now=timezone.now())
    review.refresh_from_db()
    page = text(as_administrator, url(review))
    assert "Closed, signed, and unchanged since." in page
    assert review.public_key in page


def test_a_result_that_was_tampered_with_says_so(
    as_administrator: Client, auditor: Account
) -> None:
    make_token()
    review = begun(as_administrator, auditor)
    as_administrator.post(url(review, "close/"), {"undecided": "yes"})
    sign_reviews(now=timezone.now())
    Review.objects.filter(pk=review.pk).update(result="{}")
    assert "This result was changed" in text(as_administrator, url(review))


def test_the_result_leaves_as_json_and_csv(
    as_administrator: Client, as_auditor: Client, auditor: Account
) -> None:
    make_token()
    review = begun(as_administrator, auditor)
    assert as_auditor.get(url(review, "result.json")).status_code == 302
    as_administrator.post(url(review, "close/"), {"undecided": "yes"})
    document = json.loads(as_auditor.get(url(review, "result.json")).content)
    assert json.loads(document["result"])["counts"]["undecided"] == 1
    assert as_auditor.get(url(review, "result.csv")).content.startswith(b"token,company,")
    assert AuditEvent.objects.filter(kind="evidence.exported").count() == 2


def test_what_was_denied_stays_until_it_is_rotated_or_revoked(
    as_administrator: Client, as_auditor: Client, auditor: Account
) -> None:
    token = make_token(integration_name="Forgotten portal")
    review = begun(as_administrator, auditor)
    as_auditor.post(url(review), {"item": ids(review), "decision": "deny", "reason": "unknown"})
    as_administrator.post(url(review, "close/"))
    story = text(as_administrator, f"/tokens/{token.pk}/")
    assert "Denied in an access review" in story
    assert "Autumn review · by otto@acme.example · unknown" in story
    page = text(as_administrator, url(review))
    assert "Denied, still in force" in page
    assert f'href="/tokens/{token.pk}/rotate/"' in page
    Token.objects.filter(pk=token.pk).update(state=State.REVOKED.value)
    page = text(as_administrator, url(review))
    assert "Denied, still in force" not in page
    assert "has been rotated or revoked since" in page


def test_long_reviews_have_pages_and_constant_queries(
    as_administrator: Client, administrator: Account, django_assert_max_num_queries: Any
) -> None:
    token = make_token()
    review = begun(as_administrator, administrator)
    item = ReviewItem.objects.get()
    others = [make_token(company=token.company) for _ in range(4)]
    for place, other in enumerate(others, start=2):
        ReviewItem.objects.create(
            review=review, token=other, place=place, facts=item.facts, reviewer=administrator
        )
    from tokens.selectors import reviews as selector

    first = selector.items(review, reviewer=None, shown="all", size=2)
    assert [each.place for each in first.items] == [1, 2]
    assert (first.before, first.after, first.total) == (None, 2, 5)
    second = selector.items(review, reviewer=None, shown="all", after=2, size=2)
    assert ([each.place for each in second.items], second.before) == ([3, 4], 3)
    back = selector.items(review, reviewer=None, shown="all", before=3, size=2)
    assert ([each.place for each in back.items], back.before, back.after) == ([1, 2], None, 2)
    with django_assert_max_num_queries(14):
        assert as_administrator.get(url(review)).status_code == 200


def test_a_disabled_reviewer_is_shown_as_such(as_administrator: Client) -> None:
    gone = make_account("gone@acme.example", role=Role.AUDITOR)
    make_token()
    review = begun(as_administrator, gone)
    Account.objects.filter(pk=gone.pk).update(is_active=False)
    assert "cannot sign in" in text(as_administrator, url(review))
    assert signed_in(gone).get(url(review)).status_code in {302, 403}
