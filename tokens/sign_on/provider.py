"""Speaking with the identity provider: authorization code with PKCE, and ID tokens that count.

Authlib does the protocol. Decided here: whose answers count, by which algorithms, how long we wait,
and that nothing of an answer leaves this module but the claims that are needed (`Said`).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
import structlog
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session

from tokens.policy.sign_on import LEEWAY_SECONDS, Refusal, Said, read_claims
from tokens.policy.sign_on_settings import may_be_asked
from tokens.sign_on.config import Config
from tokens.sign_on.refused import Refused

log = structlog.get_logger(__name__)

#: Seconds for connecting and for each read.
TIMEOUT = (3.05, 7)
#: How long the provider's own description is kept; keys that are unknown are asked for at once.
KEPT = timedelta(hours=1)
#: Seconds after a description could not be had in which nobody waits for it again.
QUIET = 5.0
#: Signatures that a holder of the client secret, or nobody at all, could make are not among them.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_METHODS = "token_endpoint_auth_methods_supported"
_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True)
class Departure:
    """What was agreed for one way to the provider and back. Secret from all but this browser."""

    url: str
    state: str
    nonce: str
    verifier: str


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client, with a description of the provider that was looked at before it counts."""

    client_cls = OAuth2Session
    server_metadata: dict[str, Any]
    quiet_until = float("-inf")

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            framework=None,
            client_id=config.client_id,
            client_secret=config.client_secret,
            client_kwargs={
                "scope": config.scopes,
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT,
                "max_redirects": 0,
            },
        )

    def load_server_metadata(self) -> dict[str, Any]:
        if not self.server_metadata:
            url = f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"
            with self._get_session() as session:
                answer = session.request("GET", url, withhold_token=True)
                answer.raise_for_status()
                told = answer.json()
            self.server_metadata = _looked_at(told, self.config)
            methods = told.get(_METHODS) or [_BASIC]
            if _BASIC not in methods and _POST in methods:
                self.client_kwargs |= {"token_endpoint_auth_method": _POST}
        return self.server_metadata


def depart(config: Config, *, again: bool, now: datetime, acr: tuple[str, ...] = ()) -> Departure:
    """Where to send the browser. `again`: whoever is there has to prove it anew.

    Raises Refused where the provider cannot be asked.
    """
    wanted: dict[str, Any] = {
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "code_verifier": secrets.token_urlsafe(64),
    }
    if again:
        wanted |= {"prompt": "login", "max_age": "0"}
    if acr:
        wanted["acr_values"] = " ".join(acr)
    client = _client(config, now)
    _load(client)
    made = client.create_authorization_url(config.redirect_uri, **wanted)
    return Departure(made["url"], wanted["state"], wanted["nonce"], wanted["code_verifier"])


def arrive(config: Config, *, code: str, nonce: str, verifier: str, now: datetime) -> Said:
    """What the provider says of whoever brought this code. Its tokens are forgotten with this.

    Raises Refused.
    """
    client = _client(config, now)
    _load(client)
    try:
        answer = client.fetch_access_token(
            config.redirect_uri, code=code, code_verifier=verifier, grant_type="authorization_code"
        )
    except OAuthError:
        raise Refused(Refusal.PROVIDER_REFUSED) from None
    except requests.RequestException as error:
        raise _away(error) from None
    try:
        return _read(client, answer, nonce)
    except requests.RequestException as error:
        raise _away(error) from None
    except Exception as error:  # whatever a library says to an answer that is not as it should be
        _clients.clear()  # keys may have changed under their old name
        log.warning("sign_on.bad_answer", kind=type(error).__name__)
        raise Refused(Refusal.BAD_ANSWER) from None


def reachable(config: Config, now: datetime) -> int:
    """How many keys the provider publishes, asked anew. Raises Refused."""
    _clients.clear()
    client = _client(config, now)
    _load(client)
    try:
        return len(client.fetch_jwk_set(force=True)["keys"])
    except requests.RequestException as error:
        raise _away(error) from None
    except (KeyError, TypeError):
        raise Refused(Refusal.BAD_ANSWER) from None


def _read(client: _Client, answer: Any, nonce: str) -> Said:
    config = client.config
    claims = client.parse_id_token(
        answer,
        nonce=nonce,
        claims_options={
            "iss": {"essential": True, "value": config.issuer},
            "aud": {"essential": True, "value": config.client_id},
            "sub": {"essential": True, "allow_blank": False},
        },
        leeway=LEEWAY_SECONDS,
    )
    if claims is None:
        raise ValueError("no ID token")
    return read_claims(claims, config.groups_claim)


def _looked_at(told: Any, config: Config) -> dict[str, Any]:
    """The few words that are needed, where they are of this issuer and may be asked."""
    if not isinstance(told, dict) or told.get("issuer") != config.issuer:
        raise Refused(Refusal.BAD_ANSWER)
    found = {name: str(told.get(name, "")) for name in _ENDPOINTS}
    if not all(may_be_asked(url, production=config.production) for url in found.values()):
        raise Refused(Refusal.BAD_ANSWER)
    return {**found, "issuer": config.issuer, "id_token_signing_alg_values_supported": ALGORITHMS}


def _load(client: _Client) -> None:
    if time.monotonic() < client.quiet_until:
        raise Refused(Refusal.PROVIDER_AWAY)  # else each visitor would hold a thread of web
    try:
        client.load_server_metadata()
    except requests.RequestException as error:
        client.quiet_until = time.monotonic() + QUIET
        raise _away(error) from None


def _away(error: requests.RequestException) -> Refused:
    log.warning("sign_on.provider_away", kind=type(error).__name__)
    return Refused(Refusal.PROVIDER_AWAY)


_clients: dict[Config, tuple[datetime, _Client]] = {}


def _client(config: Config, now: datetime) -> _Client:
    kept = _clients.get(config)
    if kept is None or not timedelta(0) <= now - kept[0] < KEPT:
        kept = (now, _Client(config))
        _clients.clear()
        _clients[config] = kept
    return kept[1]
