"""Bare open + seal of some values in memory, then `rotate_keys` over all. TOKEN_KEYS: new, old."""

from __future__ import annotations

import time

from benchmarks.steps.common import emit, start_django, vacuum

start_django()

from django.utils import timezone  # noqa: E402

from tokens.audit import system  # noqa: E402
from tokens.keys import private_keyring, public_key  # noqa: E402
from tokens.models import Token  # noqa: E402
from tokens.services.rotate_keys import rotate_keys  # noqa: E402
from tokens.vault.binding import Binding  # noqa: E402
from tokens.vault.opening import open_sealed  # noqa: E402
from tokens.vault.sealing import Sealed, seal  # noqa: E402

SAMPLE = 10_000


def _bare() -> float:
    """Tokens per second on one core, everything already in memory."""
    rows = Token.objects.filter(sealed__isnull=False).values_list(
        "pk", "company_id", "integration_id", "environment", "key_id", "sealed"
    )[:SAMPLE]
    values = [
        (Binding(company, integration, environment, pk), Sealed(key, bytes(sealed or b"")))
        for pk, company, integration, environment, key, sealed in rows
    ]
    keyring, public = private_keyring(), public_key()
    begun = time.perf_counter()
    for binding, sealed in values:
        seal(public, open_sealed(keyring, sealed, binding), binding)
    return len(values) / (time.perf_counter() - begun)


def main() -> None:
    vacuum()
    bare = _bare()
    begun = time.perf_counter()
    done = rotate_keys(actor=system("bench"), now=timezone.now())
    seconds = time.perf_counter() - begun
    if done.remaining:
        raise SystemExit(f"{done.remaining} could not be opened")
    emit({"resealed": done.resealed, "seconds": seconds, "bare_per_second": bare})


main()
