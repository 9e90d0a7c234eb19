"""gunicorn's worker, which repeats nothing of a request that it cannot read.

gunicorn's own puts the broken line of such a request, which may be the one with the token, or the
first bytes of the body, into its log and back into the answer.
"""

from __future__ import annotations

from typing import Any

from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]


class QuietThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Names the kind of what was wrong, and leaves the address of a failed request out."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        kind = type(exc)
        if kind.__module__ == errors.__name__:
            # The same exception, which says what kind it is and no more.
            exc.__class__ = type(kind.__name__, (kind,), {"__str__": lambda _: kind.__name__})
        super().handle_error(None, client, addr, exc)
