"""The HTTP side of the stand-in: one handler, so that it is never the bottleneck."""

import asyncio
import hmac
import json
from typing import Any

from aiohttp import web

from tests.stand_in import control
from tests.stand_in.answers import HTML, PAGE, REFUSED, Plain, plain, user_config, workspace_page
from tests.stand_in.misbehaving import misbehave
from tests.stand_in.state import Known, World, digest

PREFIX = "/api/"
HELD_SECONDS = 0.02
CONFIG_PATH = PREFIX + "accounts/user-config/"
WORKSPACES_PATH = PREFIX + "accounts/workspaces/"
_NOT_FOUND: Plain = (404, {"Content-Type": "application/json"}, b'{"detail": "Not found."}')
_DOWN: Plain = (503, HTML, PAGE)


class Handler:
    """Answers requests for one world."""

    def __init__(self, world: World, control_token: str | None = None) -> None:
        self.world = world
        self._control_token = control_token

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/_control":
            return await self._control(request)
        key = digest(request.headers.get("Authorization", "").removeprefix("Bearer "))
        entry = self.world.record(key, request.path)
        latency = self.world.default_latency
        if entry is not None and entry.latency is not None:
            latency = entry.latency
        if entry is not None and entry.mode == "slow":
            latency = float(entry.options.get("ms", 1000)) / 1000
        if latency:
            await asyncio.sleep(latency)
        while entry is not None and entry.mode == "held":  # noqa: ASYNC110 - another thread ends it
            await asyncio.sleep(HELD_SECONDS)
        return await self._answer(request, entry)

    async def _answer(self, request: web.BaseRequest, entry: Known | None) -> web.StreamResponse:
        if self.world.outage == "refuse_all":
            return _response(REFUSED)
        if self.world.outage == "fail_all":
            return _response(_DOWN)
        document = _document(request, entry, self.world.unknown_workspaces)
        if document is None:
            return _response(_NOT_FOUND)
        mode = entry.mode if entry else self.world.unknown_mode
        entry = entry or Known()
        answer = plain(entry, mode, document, self.world.clock())
        if answer is None:
            return await misbehave(request, entry, mode)
        return _response(answer)

    async def _control(self, request: web.BaseRequest) -> web.Response:
        given = request.headers.get("X-Control-Token", "")
        if not self._control_token or request.method != "POST":
            return web.Response(status=404)
        if not hmac.compare_digest(given.encode(), self._control_token.encode()):
            return web.Response(status=403)
        try:
            result = control.run(self.world, json.loads(await request.read()))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": type(error).__name__}, status=400)
        return web.json_response(result)


def _document(
    request: web.BaseRequest, entry: Known | None, unknown: list[dict[str, Any]]
) -> bytes | None:
    if request.path == CONFIG_PATH:
        return json.dumps(user_config(entry)).encode()
    if request.path != WORKSPACES_PATH:
        return None
    limit = int(request.query.get("limit", "10"))
    offset = int(request.query.get("offset", "0"))
    rows = entry.workspaces if entry else unknown
    return json.dumps(workspace_page(rows, limit, offset)).encode()


def _response(answer: Plain) -> web.Response:
    status, headers, body = answer
    return web.Response(status=status, headers=headers, body=body)
