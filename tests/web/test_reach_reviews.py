"""Access reviews as whoever has roles in single companies meets them: their own tokens alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import ACTOR, make_account
from tests.web.near_and_far import TODAY, Pair, make_pair, member
from tests.web.test_reach import MARKER
from tokens.errors import InvalidInput
from tokens.models import Account, Company, Notice, Review, ReviewItem
from tokens.notifications.reviews import is_still_asked
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.services.memberships import end_role
from tokens.services.reviews.close import close_review
from tokens.services.reviews.remind import remind_reviewers
from tokens.services.reviews.start import Asked, start_review

pytestmark = pytest.mark.django_db
MIA = "mia@near.example"
LIST = "/evidence/reviews/"


@pytest.fixture
def pair(administrator: Account) -> Pair:
    return make_pair()


def start(asked_by: Account, name: str = "Autumn", **by_company: Account) -> Review:
    """Of all tokens; companies by the first word of their name."""
    apart = {
        company.pk: by_company[company.name.split()[0].lower()]
        for company in Company.objects.all()
        if company.name.split()[0].lower() in by_company
    }
    asked = Asked(name, TODAY + timedelta(days=3), asked_by, by_company=apart)
    return start_review(asked=asked, asked_by=asked_by, actor=ACTOR, now=timezone.now())


def mia() -> Account:
    return Account.objects.get(email=MIA)


def items(review: Review, company: str) -> list[UUID]:
    found = review.items.filter(token__company__name__startswith=company)
    return list(found.order_by("place").values_list("pk", flat=True))


def decide(client: Client, review: Review, chosen: list[UUID]) -> int:
    data = {"item": [str(each) for each in chosen], "decision": "confirm"}
    return int(client.post(f"{LIST}{review.pk}/", data).status_code)


def decided() -> int:
    return ReviewItem.objects.exclude(decision="").count()


@pytest.mark.parametrize("role", [CompanyRole.AUDITOR, CompanyRole.ADMIN])
def test_a_reviewer_sees_and_decides_what_is_theirs(
    pair: Pair, administrator: Account, role: CompanyRole
) -> None:
    client = member(pair, role)
    review = start(administrator, near=mia())
    start(administrator, f"{MARKER} review")
    for where in ("/evidence/", LIST, f"{LIST}{review.pk}/", f"{LIST}{review.pk}/?reviewer=all"):
        text = client.get(where).content.decode()
        assert "Autumn" in text
        assert MARKER not in text.lower()
    text = client.get(f"{LIST}{review.pk}/").content.decode()
    assert "0 confirmed, 0 denied, 2 to decide" in text
    assert f'href="/tokens/{pair.alone.pk}/"' in text
    assert f"/tokens/{pair.other.pk}/" not in text
    assert "2 of 2 to decide" in client.get(LIST).content.decode()
    assert decide(client, review, items(review, "Near")) == 302
    assert decided() == 2
    assert "All decided" in client.get(LIST).content.decode()


def test_what_is_anothers_or_elsewhere_is_not_in_the_review(
    pair: Pair, administrator: Account
) -> None:
    client = member(pair, CompanyRole.ADMIN)
    other = member(pair, CompanyRole.AUDITOR, "max@near.example")
    review = start(administrator, near=mia())
    far = items(review, MARKER)
    ReviewItem.objects.filter(pk__in=far).update(reviewer=mia())  # once they had a role there
    answer = client.post(f"{LIST}{review.pk}/", {"item": str(far[0]), "decision": "confirm"})
    assert answer.status_code == 400
    assert "not in this review" in answer.content.decode()
    assert decide(client, review, [*items(review, "Near"), far[0]]) == 400
    assert decide(other, review, items(review, "Near")) == 404
    assert other.get(f"{LIST}{review.pk}/").status_code == 404
    assert "Autumn" not in other.get(LIST).content.decode()
    assert decided() == 0


@pytest.mark.parametrize("role", [CompanyRole.VIEWER, CompanyRole.OPERATOR])
def test_who_decides_nothing_is_shown_no_review(
    pair: Pair, administrator: Account, role: CompanyRole
) -> None:
    client = member(pair, CompanyRole.AUDITOR)
    review = start(administrator, near=mia())
    member(pair, role)
    assert client.get(LIST).status_code == 403
    assert decide(client, review, items(review, "Near")) == 403
    assert "Autumn" not in client.get("/evidence/").content.decode()
    assert LIST not in client.get("/evidence/").content.decode()


def test_running_and_exporting_it_stays_the_organisations(
    pair: Pair, administrator: Account, as_administrator: Client
) -> None:
    client = member(pair, CompanyRole.ADMIN)
    review = start(administrator, near=mia())
    address = f"{LIST}{review.pk}/"
    assert client.post(f"{address}close/", {"undecided": "yes"}).status_code == 403
    assert client.post(f"{address}take-over/{administrator.pk}/").status_code == 403
    assert client.get(f"{LIST}new/").status_code == 403
    near = items(review, "Near")[0]
    deny = {"item": str(near), "decision": "deny", "reason": "unused"}
    assert client.post(address, deny).status_code == 302
    far = ReviewItem.objects.filter(pk__in=items(review, MARKER))
    far.update(decision="deny", reason=f"{MARKER} reason", decided_at=timezone.now())
    close_review(review=review, actor=ACTOR, now=timezone.now())
    for name in ("result.json", "result.csv"):
        assert client.get(f"{address}{name}").status_code == 403
        assert name not in client.get(address).content.decode()
        assert name in as_administrator.get(address).content.decode()
    text = client.get(address).content.decode()
    assert "Denied, still in force" in text
    assert MARKER not in text.lower()
    rotates = f'href="/tokens/{ReviewItem.objects.get(pk=near).token_id}/rotate/"'
    assert rotates in text
    member(pair, CompanyRole.AUDITOR)
    assert rotates not in client.get(address).content.decode()


def test_nobody_is_asked_about_what_they_do_not_see(pair: Pair, administrator: Account) -> None:
    member(pair, CompanyRole.VIEWER)
    for near in (mia(), make_account("nora@x.example", role=Role.MEMBER)):
        with pytest.raises(InvalidInput, match="may not decide"):
            start(administrator, near=near)
    member(pair, CompanyRole.AUDITOR)
    with pytest.raises(InvalidInput, match="may not decide"):
        start(administrator, near=mia(), outofsight=mia())
    assert not Review.objects.exists()


def test_whoever_lost_their_role_is_not_reminded(pair: Pair, administrator: Account) -> None:
    member(pair, CompanyRole.AUDITOR)
    start(administrator, near=mia())
    now = timezone.now()
    remind_reviewers(now=now)
    notice = Notice.objects.get(recipient=MIA)
    assert is_still_asked(notice, now)
    end_role(company=pair.own.company, account_id=mia().pk, actor=ACTOR, now=now)
    assert not is_still_asked(notice, now)
    remind_reviewers(now=now)
    notice.refresh_from_db()
    assert notice.status == "cancelled"
    assert Notice.objects.filter(kind="review", recipient=administrator.email).exists()


def test_the_api_says_the_same(pair: Pair, administrator: Account) -> None:
    client = member(pair, CompanyRole.AUDITOR)
    review = start(administrator, near=mia())
    start(administrator, f"{MARKER} review")
    url = "/api/v1/reviews/"
    (row,) = client.get(url).json()["results"]
    assert (row["name"], row["tokens"], row["waiting"]) == ("Autumn", 2, 2)
    whole = client.get(f"{url}{review.pk}/")
    assert {each["facts"]["company"] for each in whole.json()["items"]} == {"Near GmbH"}
    assert MARKER not in whole.content.decode().lower()
    api = APIClient()
    api.force_authenticate(mia())
    far = {"items": [str(items(review, MARKER)[0])], "decision": "confirm"}
    assert api.post(f"{url}{review.pk}/decisions/", far, format="json").status_code == 400
    near = {"items": [str(each) for each in items(review, "Near")], "decision": "confirm"}
    answer = api.post(f"{url}{review.pk}/decisions/", near, format="json")
    assert (answer.status_code, answer.json()["waiting"]) == (200, 0)
    assert decided() == 2
