"""Whether a token belongs to the company it is recorded under.

Source: shared/interfaces.md, `company_mismatch`, and shared/coolset-api.md, workspaces. Names are
never compared.
"""

from typing import Literal

Verdict = Literal["match", "mismatch", "unknown"]


def verdict(*, recorded: int | None, seen: int | None, listed: frozenset[int] | None) -> Verdict:
    """Compare the recorded workspace id with what the API showed.

    seen: a `workspace_id` key of user-config. listed: every `workspace_id` and `id` of the
    *complete* workspaces list, or None. Absence from it proves a mismatch, presence proves
    nothing, since the list is the user's, not the token's. A list without any company cannot be
    right for a token that belongs to one, so an empty one is no evidence.
    """
    if recorded is None:
        return "unknown"
    if seen is not None and seen != recorded:
        return "mismatch"
    if listed and recorded not in listed:
        return "mismatch"
    return "unknown" if seen is None else "match"


def proposal(recorded: int | None, seen: int | None) -> int | None:
    """The workspace id to propose for a company that has none recorded."""
    return seen if recorded is None else None
