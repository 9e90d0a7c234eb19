"""What an error may hold: its fixed word, and nothing of what was sent or came back."""

from __future__ import annotations

import base64


def assert_nothing_leaks(error: BaseException, *secrets: str) -> None:
    """Neither the error nor what hangs on it (`__context__` outlives `from None`) holds one."""
    seen: BaseException | None = error
    while seen is not None:
        held = f"{seen!r} {seen} {vars(seen)}"
        for secret in secrets:
            assert secret not in held
            assert base64.b64encode(secret.encode()).decode() not in held
        seen = seen.__cause__ or seen.__context__
