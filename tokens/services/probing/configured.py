"""How this process asks Coolset, from its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from tokens.coolset.address import ApiAddress
from tokens.services.probing.asking import ProbeSettings
from tokens.services.probing.budget import Budget


def probe_settings(clock: Callable[[], datetime]) -> ProbeSettings:
    """Raises AddressError where COOLSET_API_URL is not a place that tokens may be sent to."""
    address = ApiAddress.parse(
        settings.COOLSET_API_URL,
        settings.COOLSET_ALLOW_HOST or None,
        production=settings.PRODUCTION,
    )
    return ProbeSettings(
        address=address,
        timeout_seconds=float(settings.COOLSET_TIMEOUT),
        concurrency=int(settings.COOLSET_CONCURRENCY),
        clock=clock,
        budget=_budget(address),
    )


def _budget(address: ApiAddress) -> Budget | None:
    if not settings.COOLSET_RATE:
        return None
    per_second, folder = float(settings.COOLSET_RATE), Path(settings.DATA_DIR)
    return Budget(per_second, address.host, settings.REDIS_URL, folder)
