"""Calls of the API: the key goes to this one server alone, and no call lasts for ever."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from tokens.client import refusals
from tokens.client.settings import Server
from tokens.client.trouble import Trouble, harmless
from tokens.policy.idempotency import HEADER

#: For one step (connecting, a piece of the answer), and for one call.
STEP_SECONDS, CALL_SECONDS = 30.0, 120.0
#: Retry-After up to here is waited for, once; what asks for more is told.
LONGEST_WAIT = 120
LARGEST = 64 * 1024 * 1024
_PIECE = 65536
Pairs = Sequence[tuple[str, str]]


class _NoRedirect(HTTPRedirectHandler):
    """Whoever could redirect us would be sent the key."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object, or {} where there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Api:
    """One server, one key. `say` tells what takes long."""

    def __init__(self, server: Server, say: Callable[[str], None]) -> None:
        self.server = server
        self._say = say
        proxies = {"https": server.proxy} if server.proxy else {}
        self._opener = build_opener(
            ProxyHandler(proxies),
            HTTPSHandler(context=ssl.create_default_context()),
            _NoRedirect,
        )

    def get(self, path: str, query: Pairs = ()) -> dict[str, Any]:
        """Raises Trouble."""
        return self._call("GET", path, query, None, ())[1]

    def post(
        self, path: str, body: dict[str, Any], *, secrets: Sequence[str] = (), once: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Status and answer. `secrets` are in the body and must not come back in words; `once`:
        the key under which the server does it a single time.
        """
        more = {HEADER: once} if once else {}
        return self._call("POST", path, (), body, secrets, more)

    def pages(self, path: str, query: Pairs) -> Iterator[dict[str, Any]]:
        """All results, page after page. Of `next` only the query counts: it may name any host."""
        seen: set[Pairs] = set()
        while True:
            answer = self.get(path, query)
            yield from _results(answer)
            following = answer.get("next")
            if not following:
                return
            query = tuple(parse_qsl(urlsplit(str(following)).query, keep_blank_values=True))
            if query in seen:
                raise Trouble("The server sends the same page again and again.")
            seen.add(query)

    def _call(
        self,
        method: str,
        path: str,
        query: Pairs,
        body: Any,
        secrets: Sequence[str],
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, dict[str, Any]]:
        hidden = (self.server.key, *secrets)
        reply = self._send(method, path, query, body, more)
        wait = refusals.seconds_to_wait(reply.status, reply.headers)
        if wait is not None and wait <= LONGEST_WAIT:
            self._say(f"Too many calls: waiting {wait} seconds, as the server asks.")
            time.sleep(wait)
            reply = self._send(method, path, query, body, more)
        if not 200 <= reply.status < 300 or not reply.data:
            detail = harmless(reply.data.get("detail", ""), hidden)
            raise refusals.refused(reply.status, detail, reply.headers)
        return reply.status, reply.data

    def _send(
        self, method: str, path: str, query: Pairs, body: Any, more: Mapping[str, str]
    ) -> Reply:
        address = f"{self.server.base}api/v1/{path}" + (f"?{urlencode(query)}" if query else "")
        request = Request(  # noqa: S310 - http or https alone (settings.py)
            address,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Api-Key {self.server.key}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "User-Agent": "coolset-tokens",
                **more,
            },
        )
        try:
            return self._answer(request)
        except (OSError, HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            problem = refusals.unreachable(reason, changes=method != "GET")
        raise problem

    def _answer(self, request: Request) -> Reply:
        until = time.monotonic() + CALL_SECONDS
        try:
            with self._opener.open(request, timeout=STEP_SECONDS) as response:
                return Reply(response.status, response.headers, _read(response, until))
        except HTTPError as error:
            with error:
                return Reply(error.code, error.headers, _read(error, until))


def _read(response: HTTPResponse | HTTPError, until: float) -> bytes:
    """The body, within time and size. Raises OSError."""
    found = bytearray()
    while piece := response.read1(_PIECE):
        found += piece
        if time.monotonic() > until:
            raise TimeoutError
        if len(found) > LARGEST:
            raise OSError("too large")
    return bytes(found)


def _results(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("results")
    if not isinstance(found, list):
        raise refusals.no_api()
    return [each for each in found if isinstance(each, dict)]
