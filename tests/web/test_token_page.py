"""A token's page in its states, checking now, and correcting what is written."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import ACTOR, accepted, failing, make_token, token_value
from tokens.audit import Event
from tokens.models import AuditEvent, Revocation, Secret, Token
from tokens.policy.usage import HourMap
from tokens.policy.vocabulary import Proof, State
from tokens.services.record_revocation import record_revocation

pytestmark = pytest.mark.django_db


def text(client: Client, token: Token) -> str:
    answer = client.get(f"/tokens/{token.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def revoked(token: Token, proof: Proof = Proof.CLAIMED, **columns: Any) -> Revocation:
    record_revocation(
        token=token, reason="not needed", by="x@acme.example", actor=ACTOR, now=timezone.now()
    )
    Revocation.objects.update(proof=proof.value, **columns)
    return Revocation.objects.get()


def checked_off(token: Token) -> None:
    Secret.objects.filter(pk=token.secret_id).update(next_check_at=timezone.now() + timedelta(1))


@pytest.mark.parametrize("path", ["", "check/", "edit/", "rotate/", "revoke/"])
def test_an_unknown_token_is_not_found(as_administrator: Client, path: str) -> None:
    assert as_administrator.get(f"/tokens/{uuid4()}/{path}").status_code == 404


def test_the_verdict_comes_first_then_four_facts(as_administrator: Client) -> None:
    now = timezone.now()
    token = make_token(now=now, issued_at=now, secret=accepted(now), owner_email="o@acme.example")
    page = text(as_administrator, token)
    assert page.index("It works.") < page.index("<dt>Issued</dt>") < page.index("<dt>Due</dt>")
    assert page.index("<dt>Next reminder</dt>") < page.index("<dt>Last used</dt>")
    assert "cannot tell" in page
    assert "o@acme.example" in page


def test_flags_stand_with_a_sentence_each(as_administrator: Client) -> None:
    token = make_token(owner_email="", secret=failing())
    page = text(as_administrator, token)
    assert "Refused, never worked here" in page
    assert "Coolset refused it twice and never accepted it here." in page
    assert "No owner" in page


def test_no_age_is_invented(as_administrator: Client) -> None:
    token = make_token(now=timezone.now(), issued_at=None)
    page = text(as_administrator, token)
    assert "nobody knows" in page
    assert "at least 0 days old" in page


def test_hours_seen_are_told_with_those_looked_at(as_administrator: Client) -> None:
    token = make_token(secret=accepted())
    now = timezone.now()
    hours = HourMap().mark(now - timedelta(hours=1), seen=True).mark(now, seen=False)
    looked, seen = hours.to_text()
    token.secret.usages.create(
        source="headers", anchor_at=hours.anchor, looked=looked, seen=seen, first_seen_at=now
    )
    assert "seen in 1 of 2 hours looked at, of 720" in text(as_administrator, token)


def test_every_source_that_saw_use_stands_with_first_and_last(as_administrator: Client) -> None:
    now = timezone.now()
    token = make_token(
        secret=accepted() | {"logs_cover_since": now - timedelta(days=40), "logs_cover_until": now}
    )
    assert "Imported logs cover" in text(as_administrator, token)
    assert "In imported logs" not in text(as_administrator, token)
    for source, days in (("log", 3), ("report", 1)):
        token.secret.usages.create(
            source=source,
            first_seen_at=now - timedelta(days=30),
            last_seen_at=now - timedelta(days),
        )
    page = text(as_administrator, token)
    assert page.index("Reported by its integration") < page.index("In imported logs")


def test_an_auditor_sees_everything_and_may_do_nothing(as_auditor: Client) -> None:
    token = make_token()
    page = text(as_auditor, token)
    for words in ("Check now", "Record revocation", "Rotate", "Edit"):
        assert words not in page
    for path in ("edit/", "rotate/", "revoke/"):
        assert as_auditor.get(f"/tokens/{token.pk}/{path}").status_code == 403
    assert as_auditor.post(f"/tokens/{token.pk}/check/").status_code == 403
    assert not AuditEvent.objects.filter(kind=Event.TOKEN_CHECK_REQUESTED.value).exists()


def test_acts_follow_the_state(as_administrator: Client) -> None:
    active, gone = make_token(), make_token(value=None)
    assert "Rotate" in text(as_administrator, active)
    assert "Check now" not in text(as_administrator, gone)
    Token.objects.filter(pk=active.pk).update(
        state=State.REPLACED.value, replaced_at=timezone.now()
    )
    page = text(as_administrator, active)
    assert "/rotate/" not in page
    assert "/revoke/" in page


def test_a_recorded_revocation_is_not_called_proven(as_administrator: Client) -> None:
    token = make_token(secret=accepted())
    revoked(token)
    page = text(as_administrator, token)
    assert "recorded, not proven" in page
    assert "Record revocation" not in page


def test_a_contradicted_revocation_shouts_and_may_be_recorded_again(
    as_administrator: Client,
) -> None:
    token = make_token(secret=accepted())
    revoked(token, Proof.CONTRADICTED, contradicted_at=timezone.now())
    page = text(as_administrator, token)
    assert "still works!" in page
    assert "Record revocation" in page


def test_a_confirmed_revocation_names_its_witnesses(as_administrator: Client) -> None:
    token, other = make_token(secret=accepted()), make_token()
    now = timezone.now()
    revoked(
        token,
        Proof.CONFIRMED,
        confirmed_at=now,
        first_refused_at=now,
        witness_count=1,
        witnesses=[{"id": str(other.pk), "name": other.audit_name, "accepted_at": "x"}],
    )
    page = text(as_administrator, token)
    assert "confirmed: Coolset refuses it" in page
    assert "1 other token worked in those minutes" in page
    assert f"/tokens/{other.pk}/" in page
    assert "not who revoked it" in page


def test_the_wrong_one_is_named(as_administrator: Client) -> None:
    meant = make_token(company_name="Acme GmbH", secret=accepted())
    hit = make_token(company_name="Acme GmbH", integration_name="Victim")
    now = timezone.now()
    Secret.objects.filter(pk=hit.secret_id).update(**failing(now, accepted_at=now))
    revoked(meant, Proof.CONTRADICTED, contradicted_at=now)
    page = text(as_administrator, meant)
    assert "You may have revoked “Victim”" in page
    assert f'href="/tokens/{hit.pk}/"' in page


def test_what_people_wrote_is_escaped(as_administrator: Client) -> None:
    token = make_token(integration_name="<script>x</script>", where="<b>here</b>", label="<i>")
    page = text(as_administrator, token)
    assert "<script>x" not in page
    assert "&lt;b&gt;here&lt;/b&gt;" in page


def test_the_value_is_nowhere(as_administrator: Client) -> None:
    value = token_value()
    token = make_token(value=value)
    page = text(as_administrator, token)
    assert value not in page
    assert value[-8:] not in page
    assert value[-4:] in page


# Check now


def test_check_now_makes_the_token_due_and_is_recorded(as_administrator: Client) -> None:
    token = make_token()
    checked_off(token)
    assert "Checking…" not in text(as_administrator, token)
    answer = as_administrator.post(f"/tokens/{token.pk}/check/")
    assert (answer.status_code, answer["Location"]) == (302, f"/tokens/{token.pk}/")
    page = text(as_administrator, token)
    assert "Checking…" in page
    assert "reload" in page
    assert AuditEvent.objects.filter(kind=Event.TOKEN_CHECK_REQUESTED.value).count() == 1


@pytest.mark.parametrize("why", ["not held", "wait"])
def test_what_cannot_be_checked_says_why(as_administrator: Client, why: str) -> None:
    token = make_token(value=None) if why == "not held" else make_token()
    if why == "wait":
        Secret.objects.update(throttled_until=timezone.now() + timedelta(minutes=30))
    answer = as_administrator.post(f"/tokens/{token.pk}/check/", follow=True)
    assert why in answer.content.decode()
    assert not AuditEvent.objects.filter(kind=Event.TOKEN_CHECK_REQUESTED.value).exists()


def fragment(client: Client, token: Token, query: str) -> Any:
    return client.get(f"/tokens/{token.pk}/check/?{query}", headers={"HX-Request": "true"})


def query_of(page: str) -> str:
    """The query that the page itself asks with."""
    address = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    return urlsplit(address).query


def test_the_fragment_waits_for_the_next_answer(as_administrator: Client) -> None:
    token = make_token(secret=accepted(datetime(2026, 3, 2, 9, 30, 0, 123457, tzinfo=UTC)))
    Secret.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))
    query = query_of(text(as_administrator, token))
    waiting = fragment(as_administrator, token, query)
    assert "Checking…" in waiting.content.decode()
    assert query_of(waiting.content.decode()) == query
    assert "HX-Refresh" not in waiting
    # The answer came before the page was made, and was recorded after it.
    asked = datetime.fromtimestamp(float(parse_qs(query)["asked"][0]), tz=UTC)
    Secret.objects.update(last_checked_at=asked - timedelta(milliseconds=5))
    assert fragment(as_administrator, token, query)["HX-Refresh"] == "true"


def test_the_fragment_gives_up_in_words(as_administrator: Client) -> None:
    token = make_token()
    asked = (timezone.now() - timedelta(seconds=61)).timestamp()
    page = fragment(as_administrator, token, f"since=0&asked={asked}").content.decode()
    assert "No answer yet." in page
    assert "hx-get" not in page


@pytest.mark.parametrize(
    "query", ["", "since=x&asked=1", "since=nan&asked=1", "since=1e99&asked=1"]
)
def test_nonsense_reloads_the_page(as_administrator: Client, query: str) -> None:
    assert fragment(as_administrator, make_token(), query)["HX-Refresh"] == "true"


def test_without_htmx_the_fragment_is_the_page(as_administrator: Client) -> None:
    token = make_token()
    assert as_administrator.get(f"/tokens/{token.pk}/check/")["Location"] == f"/tokens/{token.pk}/"


# Edit


def test_editing_changes_what_differs(as_administrator: Client) -> None:
    issued = datetime(2026, 1, 2, 15, 30, tzinfo=UTC)
    token = make_token(issued_at=issued)
    shown = as_administrator.get(f"/tokens/{token.pk}/edit/").context["form"]
    data = {name: shown.initial[name] or "" for name in shown.fields}
    data |= {"owner_email": "new@acme.example", "where": "Vault /x", "issued_at": "2026-01-02"}
    answer = as_administrator.post(f"/tokens/{token.pk}/edit/", data)
    assert answer.status_code == 302
    token.refresh_from_db()
    assert token.owner is not None
    assert (token.owner.email, token.where) == ("new@acme.example", "Vault /x")
    assert token.issued_at == issued


def test_a_token_slipped_into_a_field_is_refused_and_not_echoed(as_administrator: Client) -> None:
    token, value = make_token(), token_value()
    data = {"where": f"it is {value}", "label": "", "owner_email": "", "runbook_url": ""}
    answer = as_administrator.post(f"/tokens/{token.pk}/edit/", data)
    assert answer.status_code == 400
    assert value not in answer.content.decode()
    token.refresh_from_db()
    assert token.where == ""
