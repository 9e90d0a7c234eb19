"""The words of tokens.access, which pages and API share, where pages look for them."""

from tokens.access import (
    ELSEWHERE,
    ORGANISATION,
    SAFE_METHODS,
    Access,
    Verdict,
    access_of,
    can,
    delegated,
    judge,
    lacks_second_factor,
    may,
    needs,
    open_before_setup,
    public,
    reach_of,
    rights_of,
)

__all__ = [
    "ELSEWHERE",
    "ORGANISATION",
    "SAFE_METHODS",
    "Access",
    "Verdict",
    "access_of",
    "can",
    "delegated",
    "judge",
    "lacks_second_factor",
    "may",
    "needs",
    "open_before_setup",
    "public",
    "reach_of",
    "rights_of",
]
