"""Made at run time: tokens, a client against a stand-in, and one probe from plain code."""

import asyncio
import secrets
from datetime import UTC, datetime

from tests.stand_in import StandIn
from tokens.coolset.address import ApiAddress
from tokens.coolset.client import CoolsetClient
from tokens.coolset.outcomes import Answer, Workspaces

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def new_token() -> str:
    return "sk_" + "live_" + secrets.token_hex(12)


def client(url: str, timeout_seconds: float = 5.0, concurrency: int = 10) -> CoolsetClient:
    return CoolsetClient(
        ApiAddress.parse(url, production=False),
        timeout_seconds=timeout_seconds,
        concurrency=concurrency,
        now=lambda: datetime.now(UTC),
    )


def probe(url: str, token: str, timeout_seconds: float = 5.0) -> Answer:
    async def run() -> Answer:
        async with client(url, timeout_seconds) as coolset:
            return await coolset.probe(token)

    return asyncio.run(run())


def probe_mode(coolset: StandIn, mode: str, **options: object) -> Answer:
    token = new_token()
    coolset.seed(token, mode, options=options)
    return probe(coolset.url, token)


def workspaces(url: str, token: str, page_limit: int = 20) -> Workspaces:
    async def run() -> Workspaces:
        async with client(url) as coolset:
            return await coolset.workspaces(token, page_limit=page_limit)

    return asyncio.run(run())
