"""An identity provider over real HTTP, as strict as one should be, and dishonest on demand.

It keeps what OpenID Connect asks of a provider: codes that open once, for one client and one
redirect address, with the verifier of PKCE; ID tokens signed with a key that it publishes. What a
test wants otherwise stands in `World`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from joserfc.jws import JWSRegistry

from tests.stand_in.running import StandIn

CLIENT, SECRET = "coolset-tokens", secrets.token_urlsafe(24)
ACCESS = "at-" + secrets.token_urlsafe(24)


@cache
def key(name: str) -> ECKey:
    """Made once: a key of this name."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"})


@dataclass
class World:
    """Who sits at the provider, and what it does otherwise than it should.

    person: claims of whoever is signed in there. claims: changes the ID token before it is signed.
    sign: es256, none, hs256 or stranger (a key that is published nowhere). mangle: changes the
    finished token. down: 503 to everything of that path. refuse: sends back with this error.
    """

    person: dict[str, Any] = field(default_factory=dict)
    claims: Callable[[dict[str, Any]], None] | None = None
    sign: str = "es256"
    key_name: str = "first"
    down: str = ""
    refuse: str = ""
    tells_when: bool = True
    honours_prompt: bool = True
    signed_in_at: float = 0.0
    issuer: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)


class Provider:
    """The HTTP side; `url` is known once it serves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.world.down and self.world.down in request.path:
            return web.Response(status=503, text="<h1>secret words of a proxy</h1>")
        match request.path:
            case "/.well-known/openid-configuration":
                return web.json_response(self._description())
            case "/keys":
                return web.json_response({"keys": self._keys()})
            case "/authorize":
                return self._authorize(dict(request.query))
            case "/token":
                return self._token(request, dict(parse_qsl((await request.read()).decode())))
            case _:
                return web.Response(status=404)

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.world.issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            # What it offers beyond is no reason to take it.
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        }

    def _keys(self) -> list[Any]:
        """With hs256 the shared secret is published, too: only the algorithm speaks against it."""
        shared = [OctKey.import_key(SECRET, {"kid": "shared"}).as_dict(private=True)]
        published = key(self.world.key_name).as_dict(private=False)
        return [published, *(shared if self.world.sign == "hs256" else [])]

    def _authorize(self, asked: dict[str, str]) -> web.Response:
        """Whoever sits there says yes at once."""
        world = self.world
        world.asked.append(asked)
        wanted = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()):
            return web.Response(status=400, text="not as registered")
        back = {"state": asked["state"]}
        if world.refuse:
            back |= {"error": world.refuse, "error_description": "secret words of the provider"}
        else:
            if (asked.get("prompt") == "login" and world.honours_prompt) or not world.signed_in_at:
                world.signed_in_at = time.time()
            code = secrets.token_urlsafe(24)
            world.codes[code] = asked
            back |= {"code": code, "iss": self.url}
        return web.Response(
            status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(back)}"}
        )

    def _token(self, request: web.BaseRequest, given: dict[str, str]) -> web.Response:
        asked = self.world.codes.pop(given.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return _error("invalid_client", 401)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != given.get("redirect_uri")
        ):
            return _error("invalid_grant", 400)
        token = self._id_token(asked)
        self.world.tokens.append(token)
        answer = {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 60}
        return web.json_response({**answer, "id_token": token})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.world.person,
        }
        if self.world.tells_when:
            claims["auth_time"] = int(self.world.signed_in_at)
        if self.world.claims:
            self.world.claims(claims)
        return _signed(claims, self.world)


def _signed(claims: dict[str, Any], world: World) -> str:
    if world.sign == "none":
        return f"{_part({'alg': 'none'})}.{_part(claims)}."
    if world.sign == "hs256":
        # What a holder of the client secret could make.
        header = {"alg": "HS256", "kid": "shared"}
        made = jwt.encode(header, claims, OctKey.import_key(SECRET), registry=JWSRegistry())
        return str(made)
    private = key("stranger" if world.sign == "stranger" else world.key_name)
    return str(jwt.encode({"alg": "ES256", "kid": world.key_name}, claims, private))


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _error(word: str, status: int) -> web.Response:
    told = {"error": word, "error_description": "secret words of the provider"}
    return web.json_response(told, status=status)


@contextmanager
def provider(port: int = 0) -> Iterator[Provider]:
    """One that serves, at `.url`, until left."""
    made = Provider(World())
    with StandIn(handler=made, port=port) as running:
        made.url = f"http://127.0.0.1:{running.port}"
        yield made
