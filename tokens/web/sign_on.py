"""Single sign-on: to the provider and back. A provider's own words are never shown."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from tokens.audit import account as actor_of
from tokens.models import Account
from tokens.policy.roles import Permission
from tokens.policy.sign_on import FLIGHT, Refusal, Said, proved_anew, proved_twice
from tokens.services import accounts
from tokens.services import sign_on as services
from tokens.sign_on.config import Config, configured
from tokens.sign_on.kept import Flight, keep, let_enrol, note_asked, take
from tokens.sign_on.provider import arrive, depart
from tokens.sign_on.refused import Refused
from tokens.step_up import forget_proof, note_proof
from tokens.web.access import needs, public
from tokens.web.second_step import BACKEND, ask_for_code
from tokens.web.sign_on_words import REFUSED
from tokens.web.throttle import Throttle, address_of
from tokens.web.way_back import own_address

log = structlog.get_logger(__name__)

BY_PROVIDER = "single sign-on"
#: Two answers to one question that come at once have both read the session.
ONCE = Throttle("sign-on-state", limit=1, seconds=int(FLIGHT / timedelta(seconds=1)))


@public
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """To the provider, and from there to `next`."""
    back = own_address(request.GET.get("next", ""))
    if request.user.is_authenticated:
        return HttpResponseRedirect(back)
    return _depart(request, back)


@needs(Permission.OWN)
@require_GET
def again(request: HttpRequest) -> HttpResponse:
    """To the provider, which has to ask whoever sits here anew; then back to the work."""
    back = own_address(request.GET.get("next", ""))
    return _depart(request, back, again=str(request.user.pk))


@public
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser back to. Whatever went wrong is said in our words."""
    config, now, state = _config(), timezone.now(), request.GET.get("state", "")
    flight = take(request.session, state, now)
    try:
        if flight is None or not ONCE.take(state):
            raise Refused(Refusal.NOT_STARTED)
        said = arrive(
            config,
            code=_code(request, config),
            nonce=flight.nonce,
            verifier=flight.verifier,
            now=now,
        )
        if flight.again:
            return _proved(request, flight, said, now)
        return _signed_on(request, config, flight, said, now)
    except Refused as refused:
        return _refused(request, config, flight, refused, now)


def _config() -> Config:
    found = configured()
    if found is None:
        raise Http404("there is no single sign-on")
    return found


def _depart(request: HttpRequest, back: str, *, again: str = "") -> HttpResponse:
    config, now = _config(), timezone.now()
    try:
        departure = depart(config, again=bool(again), now=now)
    except Refused as refused:
        return _refused(request, config, Flight("", "", back, "", again), refused, now)
    flight = Flight(departure.nonce, departure.verifier, back, now.isoformat(), again)
    keep(request.session, departure.state, flight)
    return HttpResponseRedirect(departure.url)


def _code(request: HttpRequest, config: Config) -> str:
    if request.GET.get("iss", config.issuer) != config.issuer:
        raise Refused(Refusal.BAD_ANSWER)
    code = request.GET.get("code", "")
    if not code or "error" in request.GET:
        raise Refused(Refusal.PROVIDER_REFUSED)
    return code


def _signed_on(
    request: HttpRequest, config: Config, flight: Flight, said: Said, now: datetime
) -> HttpResponse:
    account = services.sign_on(
        said=said, grants=config.grants, trust_email=config.trust_email, now=now
    )
    twice = proved_twice(said, trust=config.trust, acr=config.acr)
    if account.has_second_factor and not twice:
        return ask_for_code(request, account, flight.back, by=BY_PROVIDER)
    login(request, account, backend=BACKEND)
    accounts.record_sign_in(
        account=account,
        address=address_of(request),
        method=BY_PROVIDER,
        actor=actor_of(account),
        now=now,
    )
    _note(request, account, said, twice, now)
    return HttpResponseRedirect(flight.back)


def _note(request: HttpRequest, account: Account, said: Said, twice: bool, now: datetime) -> None:
    """What this sign-in proves. The provider may have let somebody through on an older one, so
    only the moment that it names counts for dangerous work."""
    session = request.session
    note_asked(session, twice=twice)
    forget_proof(session)
    if said.authenticated_at is not None:
        note_proof(session, min(said.authenticated_at, now))
    if not account.has_second_factor and not account.has_usable_password():
        let_enrol(session, now)


def _proved(request: HttpRequest, flight: Flight, said: Said, now: datetime) -> HttpResponse:
    account = services.known_account(said)
    if account is None or str(account.pk) != flight.again or account != request.user:
        raise Refused(Refusal.SOMEBODY_ELSE, email=said.email)
    if not proved_anew(said, begun_at=flight.begun_at, now=now):
        raise Refused(Refusal.NOT_FRESH, email=said.email)
    services.record_proved_anew(
        account=account, address=address_of(request), method=BY_PROVIDER, now=now
    )
    request.session.cycle_key()
    note_proof(request.session, now)
    return HttpResponseRedirect(flight.back)


def _refused(
    request: HttpRequest, config: Config, flight: Flight | None, refused: Refused, now: datetime
) -> HttpResponse:
    """Back to the page that this began at, without what the provider put into the address."""
    log.warning("sign_on.refused", refusal=refused.refusal.value)
    if refused.refusal is not Refusal.NOT_STARTED:
        services.record_refused(refused=refused, address=address_of(request), now=now)
    messages.error(request, REFUSED[refused.refusal].format(name=config.name))
    page = reverse("confirm" if flight and flight.again else "login")
    back = {"next": flight.back} if flight else {}
    return HttpResponseRedirect(f"{page}?{urlencode(back)}" if back else page)
