"""What we asked with values before they were stored: calls of ours, never somebody else's use.

Source: shared/interfaces.md, "Evidence of use": our own calls count per fingerprint. People paste
one token for its companies, and then import all tokens, that one among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tokens.models import Secret, Start


def count_earlier_calls(secrets: Iterable[Secret]) -> None:
    """Put into these new secrets what was asked with their values; the caller stores them.

    One query: what was pasted is forgotten after an hour, so there are few.
    """
    earlier: dict[bytes, list[float]] = {}
    asked = Start.objects.exclude(own_calls=[]).exclude(fingerprint=None)
    for mark, calls in asked.values_list("fingerprint", "own_calls"):
        earlier.setdefault(bytes(mark or b""), []).extend(calls)
    for secret in secrets if earlier else ():
        secret.own_calls = [*earlier.get(bytes(secret.fingerprint or b""), ()), *secret.own_calls]


def together(known: Iterable[float], more: Iterable[float]) -> list[float]:
    """Calls of two lists, of which one may hold those of the other."""
    return sorted((Counter(known) | Counter(more)).elements())
