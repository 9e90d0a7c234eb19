"""How this process asks Coolset, from its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from tokens.coolset.address import ApiAddress
from tokens.services.probing.asking import ProbeSettings


def probe_settings(clock: Callable[[], datetime]) -> ProbeSettings:
    """Raises AddressError where COOLSET_API_URL is not a place that tokens may be sent to."""
    return ProbeSettings(
        address=ApiAddress.parse(
            settings.COOLSET_API_URL,
            settings.COOLSET_ALLOW_HOST or None,
            production=settings.PRODUCTION,
        ),
        timeout_seconds=float(settings.COOLSET_TIMEOUT),
        concurrency=int(settings.COOLSET_CONCURRENCY),
        clock=clock,
    )
