"""The verdict: the one thing that matters, why we are sure, and whom it may have hit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.selectors import build
from tokens.audit import Actor, Event, audited
from tokens.models import Check, Token
from tokens.policy.days import utc_day
from tokens.policy.settings import DEFAULT
from tokens.policy.vocabulary import Health, Proof, State
from tokens.selectors.verdict import Verdict, verdict
from tokens.selectors.words import quoted

NOW = build.NOW
SINCE, WORKED = NOW.replace(hour=9, minute=12), NOW.replace(hour=8, minute=12)
pytestmark = pytest.mark.django_db


def of(token: Token) -> Verdict:
    fresh = Token.objects.select_related("secret", "company", "integration").get(pk=token.pk)
    return verdict(fresh, DEFAULT, NOW)


def failing(**changes: object) -> Token:
    facts = {"health": Health.FAILING, "refused_since": SINCE, "last_accepted_at": WORKED}
    return build.token(**{**facts, **changes})


def noted(event: Event, token: Token, at: datetime, **facts: object) -> None:
    with audited(actor=Actor("account", "anna@acme.example"), now=at) as trail:
        trail.add(event, token, company=token.company, **facts)


def accepted(token: Token, first: datetime, last: datetime) -> None:
    Check.objects.create(secret=token.secret, outcome="valid", first_at=first, last_at=last)


def test_a_refused_token_says_until_when_it_worked_and_why_we_are_sure() -> None:
    token = failing()
    confirmed = SINCE + timedelta(minutes=5)
    noted(Event.TOKEN_HEALTH_CHANGED, token, confirmed, old="valid", new="failing")
    for place in range(11):
        accepted(build.token(label=f"other {place}"), WORKED, SINCE + timedelta(minutes=2))
    accepted(build.token(label="long ago"), build.ago(days=3), build.ago(days=2))
    found = of(token)
    assert (found.tone, found.title) == ("red", "Coolset refuses this token since 09:12 UTC.")
    assert found.because == (
        "It worked until 08:12 UTC.",
        "Two refusals, 5 minutes apart.",
        "11 other tokens kept working through those minutes, so Coolset itself is fine.",
    )
    assert found.changed == ()
    assert found.wrong_targets == ()


def test_without_another_token_it_does_not_claim_that_coolset_is_fine() -> None:
    found = of(failing())
    assert found.because[1:] == (
        "Two refusals confirm it.",
        "No other token was accepted in those minutes, so it may be Coolset itself.",
    )


def test_its_own_checks_are_no_witness() -> None:
    token = failing()
    accepted(token, WORKED, SINCE - timedelta(minutes=1))
    assert "No other token" in of(token).because[-1]


def test_a_token_that_never_worked_here_is_not_said_to_have_changed() -> None:
    found = of(failing(last_accepted_at=None))
    assert found.because[0].startswith("Coolset never accepted it here")
    assert found.changed is None


def test_what_the_company_recorded_in_between_is_named() -> None:
    token = failing()
    other = build.token(label="other")
    elsewhere = build.token(label="elsewhere", company="Other Ltd")
    between = WORKED + timedelta(minutes=20)
    noted(Event.TOKEN_EDITED, other, WORKED - timedelta(seconds=1), fields=["label"])
    noted(Event.TOKEN_EDITED, other, between, fields=["label"])
    noted(Event.TOKEN_EDITED, elsewhere, between, fields=["label"])
    noted(Event.TOKEN_CHECK_REQUESTED, other, between, count=1)
    noted(Event.TOKEN_EDITED, other, SINCE + timedelta(seconds=1), fields=["label"])
    (change,) = of(token).changed or ()
    assert (change.at, change.what, change.actor) == (between, "Token edited", "anna@acme.example")
    assert "other" in change.subject


GONE = "gone@acme.example"


@pytest.mark.parametrize(
    ("changes", "title", "why"),
    [
        ({"created_by": GONE}, "Who created it has left.",
         "gone@acme.example generated it and has no access since 21 Nov."),
        ({"owner": GONE}, "Its owner has left.",
         "gone@acme.example owns it and has no access since 21 Nov."),
        ({"health": Health.INSUFFICIENT, "permission_lost_at": SINCE},
         "It may do less than before.",
         "Before: works (200). Since 09:12 UTC: works, lacks permission (403)."),
        ({"company": "Closed Ltd"}, "Its workspace is inactive.",
         "That is how Coolset lists Closed Ltd."),
    ],
)  # fmt: skip
def test_people_and_workspaces(changes: dict[str, object], title: str, why: str) -> None:
    build.company("Closed Ltd", workspace_type="inactive")
    build.person(GONE, left_on=utc_day(build.ago(days=3)))
    found = of(build.token(**changes))
    assert (found.tone, found.title, found.because[0]) == ("amber", title, why)


def still_works(recorded_at: datetime, **changes: object) -> Token:
    return build.token(
        integration="Old ERP sync",
        state=State.REVOKED,
        proof=Proof.CONTRADICTED,
        recorded_at=recorded_at,
        **changes,
    )


@pytest.mark.parametrize(
    ("minutes", "suspected"),
    [(-1440, False), (-179, True), (-7, True), (0, True), (120, True), (121, False)],
)
def test_a_revocation_that_hit_another_token_is_suspected_on_both_pages(
    minutes: int, suspected: bool
) -> None:
    hit = failing()
    meant = still_works(SINCE + timedelta(minutes=minutes))
    on_hit, on_meant = of(hit).wrong_targets, of(meant).wrong_targets
    assert on_hit == on_meant
    assert bool(on_hit) == suspected
    if suspected:
        assert on_hit[0].sentence == (
            "You may have revoked “Supplier portal” (production, read) instead of "
            "“Old ERP sync” (production, read)."
        )
        assert (on_hit[0].hit.id, on_hit[0].meant.id) == (hit.pk, meant.pk)


def test_nobody_is_suspected_without_the_signs() -> None:
    hit = failing()
    still_works(SINCE, company="Other Ltd")
    build.token(label="proved", state=State.REVOKED, proof=Proof.CONFIRMED, recorded_at=SINCE)
    build.token(label="open", state=State.REVOKED, proof=Proof.CLAIMED, recorded_at=SINCE)
    assert of(hit).wrong_targets == ()


def test_a_first_refusal_is_enough_for_the_careful_sentence() -> None:
    hit = build.token(last_accepted_at=WORKED)
    hit.secret.suspect_since = SINCE
    hit.secret.save()
    meant = still_works(SINCE - timedelta(minutes=3))
    found = of(hit)
    assert (found.tone, found.title) == ("amber", "Coolset refused this token once, at 09:12 UTC.")
    assert found.wrong_targets == of(meant).wrong_targets != ()


def test_a_token_that_never_worked_cannot_have_been_hit() -> None:
    failing(last_accepted_at=None)
    assert of(still_works(SINCE)).wrong_targets == ()


def test_a_contradicted_revocation_says_that_it_still_works() -> None:
    found = of(still_works(build.ago(days=6), last_accepted_at=build.ago(minutes=6)))
    assert (found.tone, found.title) == ("red", "This token still works!")
    assert "Coolset accepted it after that, last at 09:24 UTC." in found.because
    assert "not needed any more" in found.because[0]


def test_a_confirmed_one_says_what_it_proves_and_what_not() -> None:
    token = build.token(state=State.REVOKED, proof=Proof.CONFIRMED, health=Health.FAILING)
    token.secret.revocation.witness_count = 11
    token.secret.revocation.save()
    found = of(token)
    assert (found.tone, found.title) == ("ok", "Revoked, and Coolset refuses it.")
    assert "11 other tokens were accepted in those minutes." in found.because[1]
    assert "not who revoked it" in found.because[2]


@pytest.mark.parametrize(
    ("reason", "refused", "said"),
    [
        ("not_held", None, "Nobody holds this value"),
        ("never_worked_here", None, "never accepted this value here"),
        ("", None, "No check since then has answered"),
        ("", SINCE, "Refused once since, at 09:12 UTC"),
    ],
)
def test_a_claimed_one_says_why_it_is_not_proved(
    reason: str, refused: datetime | None, said: str
) -> None:
    token = build.token(state=State.REVOKED, proof=Proof.CLAIMED)
    record = token.secret.revocation
    record.proof_reason, record.first_refused_at = reason, refused
    record.save()
    found = of(token)
    assert found.title == "Revocation recorded, not proven."
    assert said in found.because[1]


@pytest.mark.parametrize(
    ("facts", "tone", "title"),
    [
        (build.Facts(), "ok", "It works."),
        (build.Facts(issued_at=build.ago(days=102)), "red", "12 days overdue."),
        (build.Facts(issued_at=build.ago(days=87)), "amber", "Due in 3 days."),
        (build.Facts(health=Health.INSUFFICIENT), "amber", "It works, but lacks permission."),
        (build.Facts(last_conclusive_at=build.ago(days=3)), "grey", "Not checked lately."),
        (build.Facts(held=False), "grey", "Nobody holds this value here."),
        (build.Facts(company_mismatch=True), "red", "This token belongs to another company."),
        (
            build.Facts(
                health=Health.UNCHECKED,
                stored_at=NOW,
                last_accepted_at=None,
                last_conclusive_at=None,
                last_checked_at=None,
            ),
            "grey",
            "Not checked yet.",
        ),
        (
            build.Facts(state=State.REPLACED, replaced_at=build.ago(days=9)),
            "amber",
            "Replaced 9 days ago and not revoked.",
        ),
        (build.Facts(state=State.REPLACED), "grey", "Replaced 1 day ago."),
    ],
)
def test_a_token_that_is_not_refused(facts: build.Facts, tone: str, title: str) -> None:
    found = of(build.token(facts))
    assert (found.tone, found.title) == (tone, title)
    assert all(found.because)


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        ("Old server\nswitched off.", ": “Old server switched off.”"),
        ("switched off", ": “switched off”."),
        ("who knows?", ": “who knows?”"),
    ],
)
def test_a_reason_ends_its_sentence_with_one_full_stop(reason: str, ending: str) -> None:
    assert f": {quoted(reason)}" == ending
