"""Single sign-on against a provider over real HTTP: who gets in, as what, and who does not."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.factories import make_account, token_value
from tests.stand_in.oidc import ACCESS, CLIENT, SECRET, Provider
from tests.web.sign_on import (
    AUDITORS,
    CALLBACK,
    LOGIN,
    MEMBERS,
    START,
    come_back,
    depart,
    person,
    said,
    sign_on,
)
from tokens.audit import Event
from tokens.models import Account, AuditEvent, BrowserSession, Identity
from tokens.policy.sign_on import Refusal
from tokens.policy.vocabulary import Role
from tokens.services import sign_on as services
from tokens.sign_on import provider
from tokens.web.sign_on_words import REFUSED

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def _set_up(administrator: Account) -> None:
    """Somebody has set the product up; ada is nobody's identity at the provider."""


GRACE = "grace@acme.example"


def refusals() -> list[str]:
    found = AuditEvent.objects.filter(kind=Event.SIGN_ON_REFUSED).order_by("id")
    return [json.loads(each.data)["refusal"] for each in found]


def assert_refused(client: Client, answer: Any, refusal: Refusal) -> None:
    assert REFUSED[refusal].format(name="Acme") in unescape(said(client, answer))
    assert "_auth_user_id" not in client.session
    assert refusals() == [refusal.value]


def kinds() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


def test_the_page_offers_it_where_it_is_set_up(idp: Provider, client: Client) -> None:
    page = client.get(LOGIN, {"next": "/tokens/?a=1&b=2"}).content.decode()
    assert "Sign in with Acme" in page
    assert "autofocus" not in page
    assert f'href="{START}?next=%2Ftokens%2F%3Fa%3D1%26b%3D2"' in page


def test_without_a_provider_there_is_none_of_it(client: Client) -> None:
    assert "Sign in with" not in client.get(LOGIN).content.decode()
    assert client.get(START).status_code == client.get(CALLBACK).status_code == 404


def test_somebody_new_gets_an_account_with_the_role_of_their_groups(
    idp: Provider, client: Client
) -> None:
    answer = sign_on(client, next="/team/")
    assert (answer.status_code, answer["Location"]) == (302, "/team/")
    assert client.get("/team/").status_code == 200
    account = Account.objects.get(email="grace@acme.example")
    assert account.role == Role.ADMINISTRATOR
    assert not account.has_usable_password()
    assert kinds() == [Event.ACCOUNT_CREATED, Event.SIGN_ON_LINKED, Event.ACCOUNT_SIGNED_IN]
    assert json.loads(AuditEvent.objects.order_by("-id")[0].data)["method"] == "single sign-on"


def test_what_is_asked_of_the_provider(idp: Provider, client: Client) -> None:
    depart(client)
    asked = idp.world.asked[0]
    assert asked["scope"] == "openid email"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert asked["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert not {"prompt", "max_age"} & set(asked)


def test_the_next_time_it_is_the_same_account_whatever_the_e_mail_says(
    idp: Provider, client: Client
) -> None:
    sign_on(client)
    idp.world.person = person(email="ada@acme.example")
    other = Client()
    sign_on(other)
    assert other.session["_auth_user_id"] == client.session["_auth_user_id"]
    assert Identity.objects.count() == 1


def test_a_verified_e_mail_leads_to_the_account_that_is_there(
    idp: Provider, client: Client, administrator: Account
) -> None:
    idp.world.person = person(email=administrator.email)
    sign_on(client)
    assert client.session["_auth_user_id"] == str(administrator.pk)
    assert kinds() == [Event.SIGN_ON_LINKED, Event.ACCOUNT_SIGNED_IN]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_unverified_e_mail_takes_no_account_over(
    idp: Provider, client: Client, administrator: Account, verified: object
) -> None:
    idp.world.person = person(email=administrator.email, email_verified=verified)
    assert_refused(client, sign_on(client), Refusal.EMAIL_UNVERIFIED)
    assert not Identity.objects.exists()


@pytest.mark.parametrize("denied", [False, "false"])
def test_an_e_mail_that_the_provider_disowns_makes_no_account(
    idp: Provider, client: Client, settings: Settings, denied: object
) -> None:
    """Else whoever may write theirs into a form would be anybody here, or two people."""
    idp.world.person = person(email="somebody.else@acme.example", email_verified=denied)
    assert_refused(client, sign_on(client), Refusal.EMAIL_DISOWNED)
    assert not Account.objects.filter(email="somebody.else@acme.example").exists()
    settings.OIDC_TRUST_EMAIL = True
    sign_on(client)
    assert Account.objects.filter(email="somebody.else@acme.example").exists()


def test_a_provider_that_does_not_say_makes_new_accounts(idp: Provider, client: Client) -> None:
    idp.world.person = person(email_verified=None)
    sign_on(client)
    assert client.session["_auth_user_id"] == str(Account.objects.get(email=GRACE).pk)


def test_the_host_may_trust_e_mails_of_a_provider_that_does_not_say(
    idp: Provider, client: Client, administrator: Account, settings: Settings
) -> None:
    settings.OIDC_TRUST_EMAIL = True
    idp.world.person = person(email=administrator.email, email_verified=None)
    sign_on(client)
    assert client.session["_auth_user_id"] == str(administrator.pk)


def test_an_address_that_changed_hands_at_the_provider_opens_nothing(
    idp: Provider, client: Client
) -> None:
    sign_on(Client())
    idp.world.person = person(sub="u-2")
    assert_refused(client, sign_on(client), Refusal.OTHER_IDENTITY)


@pytest.mark.parametrize("email", [None, "", "no address", "a\0b@acme.example", ["x@acme.example"]])
def test_without_an_e_mail_there_is_no_account(idp: Provider, client: Client, email: Any) -> None:
    idp.world.person = person(email=email)
    assert_refused(client, sign_on(client), Refusal.NO_EMAIL)


@pytest.mark.parametrize("groups", [[], ["grp-others"], ["GRP-ADMINS"], None, {"grp-admins": 1}])
def test_no_group_no_way_in(idp: Provider, client: Client, groups: Any) -> None:
    idp.world.person = {**person(), "groups": groups}
    assert_refused(client, sign_on(client), Refusal.NO_GROUP)
    assert not Account.objects.filter(email="grace@acme.example").exists()


def test_groups_that_entra_leaves_out_are_said(idp: Provider, client: Client) -> None:
    idp.world.person = person([], _claim_names={"groups": "src1"})
    assert_refused(client, sign_on(client), Refusal.TOO_MANY_GROUPS)


def test_fewer_groups_take_the_role_at_the_next_sign_in(
    idp: Provider, client: Client, administrator: Account
) -> None:
    sign_on(client)
    idp.world.person = person([AUDITORS, MEMBERS])
    sign_on(Client())
    account = Account.objects.get(email="grace@acme.example")
    assert account.role == Role.AUDITOR
    assert client.get("/team/").status_code == 403  # the session of before, at its next request
    entry = AuditEvent.objects.get(kind=Event.ACCOUNT_ROLE_CHANGED)
    facts = json.loads(entry.data)
    assert (facts["old"], facts["new"]) == ("administrator", "auditor")
    assert entry.actor_name == "groups of single sign-on"


def test_the_last_administrator_is_not_let_in_as_less(
    idp: Provider, client: Client, administrator: Account
) -> None:
    idp.world.person = person([AUDITORS], email=administrator.email)
    assert_refused(client, sign_on(client), Refusal.LAST_ADMINISTRATOR)
    administrator.refresh_from_db()
    assert administrator.is_administrator
    assert not Identity.objects.exists()


@pytest.mark.parametrize("known", [True, False])
def test_a_disabled_account_stays_out(idp: Provider, client: Client, known: bool) -> None:
    if known:
        sign_on(Client())
    else:
        make_account("grace@acme.example")
    Account.objects.filter(email="grace@acme.example").update(is_active=False)
    assert_refused(client, sign_on(client), Refusal.DISABLED)


def put(**changed: Any) -> Any:
    return lambda claims: claims.update(changed)


BAD = {
    "nonce": put(nonce="another"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "issuer": put(iss="https://evil.example"),
    "no issuer": lambda claims: claims.pop("iss"),
    "audience": put(aud="another-client"),
    "audience with our azp": put(aud="another-client", azp=CLIENT),
    "several audiences": put(aud=[CLIENT, "another-client"]),
    "azp": put(aud=[CLIENT, "another-client"], azp="another-client"),
    "expired": lambda claims: claims.update(exp=claims["iat"] - 61),
    "no end": lambda claims: claims.pop("exp"),
    "from the future": lambda claims: claims.update(iat=claims["iat"] + 3600),
    "no subject": lambda claims: claims.pop("sub"),
    "blank subject": put(sub=""),
    "subject too long": put(sub="x" * 256),
    "subject with a NUL": put(sub="u-1\0"),
    "at_hash": put(at_hash="another"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    idp: Provider, client: Client, what: str
) -> None:
    idp.world.claims = BAD[what]
    assert_refused(client, sign_on(client), Refusal.BAD_ANSWER)


@pytest.mark.parametrize("sign", ["none", "hs256", "stranger"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    idp: Provider, client: Client, sign: str
) -> None:
    idp.world.sign = sign
    assert_refused(client, sign_on(client), Refusal.BAD_ANSWER)


def test_keys_of_the_provider_may_change(idp: Provider) -> None:
    sign_on(Client())
    idp.world.key_name = "second"
    client = Client()
    sign_on(client)
    assert "_auth_user_id" in client.session


def test_another_issuer_at_the_same_address_is_not_asked(idp: Provider, client: Client) -> None:
    idp.world.issuer = "https://evil.example"
    assert_refused(client, client.get(START), Refusal.BAD_ANSWER)
    assert not idp.world.asked


def test_an_answer_of_another_provider_is_not_redeemed(idp: Provider, client: Client) -> None:
    address = depart(client).replace("iss=http", "iss=https")
    assert_refused(client, come_back(client, address), Refusal.BAD_ANSWER)
    assert not idp.world.tokens


@pytest.mark.parametrize("path", ["configuration", "token", "keys"])
def test_a_provider_that_is_down_is_said(idp: Provider, client: Client, path: str) -> None:
    idp.world.down = path
    answer = client.get(START) if path == "configuration" else sign_on(client)
    assert_refused(client, answer, Refusal.PROVIDER_AWAY)


def test_a_provider_that_is_away_is_said(idp: Provider, client: Client, settings: Settings) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    assert_refused(client, client.get(START, {"next": "/team/"}), Refusal.PROVIDER_AWAY)


def test_nobody_waits_for_a_provider_that_has_just_been_away(idp: Provider, client: Client) -> None:
    idp.world.down = "configuration"
    assert_refused(client, client.get(START), Refusal.PROVIDER_AWAY)
    idp.world.down = ""
    assert client.get(START)["Location"].startswith("/accounts/login/")  # it was not asked again
    for _, kept in provider._clients.values():
        kept.quiet_until -= provider.QUIET
    assert client.get(START)["Location"].startswith(idp.url)


def test_whom_the_provider_refuses_is_told_in_our_words(idp: Provider, client: Client) -> None:
    idp.world.refuse = "access_denied"
    assert_refused(client, sign_on(client, next="/team/"), Refusal.PROVIDER_REFUSED)


def test_a_wrong_client_secret_is_the_providers_refusal(
    idp: Provider, client: Client, settings: Settings
) -> None:
    settings.OIDC_CLIENT_SECRET = "wrong"
    assert_refused(client, sign_on(client), Refusal.PROVIDER_REFUSED)


def test_an_answer_counts_once(idp: Provider, client: Client) -> None:
    address = depart(client)
    come_back(client, address)
    client.post("/accounts/logout/")
    answer = come_back(client, address)
    assert "was not begun here" in said(client, answer)
    assert "_auth_user_id" not in client.session
    assert len(idp.world.tokens) == 1


def test_an_answer_counts_in_the_browser_that_asked(idp: Provider, client: Client) -> None:
    """Else somebody could be signed in as another, who reads what they do from then on."""
    address = depart(client)
    victim = Client()
    victim.get(START)
    assert "was not begun here" in said(victim, come_back(victim, address))
    assert "_auth_user_id" not in victim.session
    assert not idp.world.tokens
    assert refusals() == []  # anybody can send such answers, and the trail is kept for good


def test_an_answer_has_a_quarter_of_an_hour(idp: Provider, client: Client) -> None:
    address = depart(client)
    session = client.session
    flights = session["sign_on"]
    for flight in flights.values():
        flight["begun"] = (timezone.now() - timedelta(minutes=15)).isoformat()
    session["sign_on"] = flights
    session.save()
    assert "took too long" in said(client, come_back(client, address))


def test_of_one_answer_sent_twice_at_once_one_is_redeemed(idp: Provider, client: Client) -> None:
    """Both read the session before either wrote it, as parallel requests do."""
    address = depart(client)
    kept = client.cookies["sessionid"].value
    row = BrowserSession.objects.get()
    come_back(client, address)
    row.save()  # as the other request has read it
    other = Client()
    other.cookies["sessionid"] = kept
    assert "was not begun here" in said(other, come_back(other, address))
    assert len(idp.world.tokens) == 1


def test_tabs_side_by_side_each_come_back(idp: Provider, client: Client) -> None:
    first, second = depart(client, next="/team/"), depart(client, next="/keys/")
    assert come_back(client, second)["Location"] == "/keys/"
    assert come_back(client, first)["Location"] == "/team/"


def test_more_tabs_than_anybody_opens_do_not_fill_the_session(
    idp: Provider, client: Client
) -> None:
    addresses = [depart(client) for _ in range(8)]
    assert len(client.session["sign_on"]) == 5
    assert come_back(client, addresses[-1])["Location"] == "/"


def test_the_session_gets_a_new_key(idp: Provider, client: Client) -> None:
    address = depart(client)
    before = client.session.session_key
    come_back(client, address)
    assert client.session.session_key != before


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil", "x"])
def test_it_leads_to_no_other_host(idp: Provider, client: Client, elsewhere: str) -> None:
    assert sign_on(client, next=elsewhere)["Location"] == "/"


def test_a_token_in_the_way_back_is_left_out(idp: Provider, client: Client) -> None:
    value = token_value()
    assert sign_on(client, next=f"/tokens/?q={value}")["Location"] == "/tokens/"


def test_who_is_signed_in_is_not_sent_away(idp: Provider, as_administrator: Client) -> None:
    assert as_administrator.get(START, {"next": "/team/"})["Location"] == "/team/"


def test_before_the_set_up_it_makes_no_administrator(idp: Provider, client: Client) -> None:
    Account.objects.all().delete()
    assert client.get(START)["Location"] == "/setup/"


def test_nothing_of_the_provider_is_kept_or_shown(
    idp: Provider, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    sign_on(client)
    idp.world.claims = put(nonce="another")
    page = said(Client(), sign_on(Client()))
    stored = [
        *BrowserSession.objects.values_list("session_data", flat=True),
        *AuditEvent.objects.values_list("data", flat=True),
        *(str(BrowserSession(session_data=each).get_decoded())
          for each in BrowserSession.objects.values_list("session_data", flat=True)),
    ]  # fmt: skip
    text = "\n".join([page, *stored, *capfd.readouterr()])
    assert len(idp.world.tokens) == 2
    for secret in (*idp.world.tokens, ACCESS, SECRET):
        assert secret not in text
    assert "u-1" not in text


def test_the_policy_of_the_browser_stays_as_it_is(idp: Provider, client: Client) -> None:
    policy = client.get(LOGIN)["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert idp.url not in policy


@pytest.mark.parametrize("seen", ["nothing", "the account"])
def test_who_signs_in_twice_at_once_for_the_first_time_is_let_in_twice(
    idp: Provider, client: Client, monkeypatch: pytest.MonkeyPatch, seen: str
) -> None:
    """One sign-in commits between two looks of the other."""
    sign_on(Client())
    real, looks = services.known_account, iter([None])
    monkeypatch.setattr(services, "known_account", lambda said: next(looks, real(said)))
    if seen == "nothing":
        manager, unseen = type(Account.objects), iter([Account.objects.none()])
        filtered = manager.filter
        monkeypatch.setattr(
            manager, "filter", lambda self, **by: next(unseen, filtered(self, **by))
        )
    sign_on(client)
    assert "_auth_user_id" in client.session
    assert Account.objects.filter(email="grace@acme.example").count() == 1
    assert Identity.objects.count() == 1


def test_refusals_do_not_fill_the_trail(idp: Provider) -> None:
    idp.world.person = person([])
    for _ in range(12):
        sign_on(Client())
    assert len(refusals()) == 10
