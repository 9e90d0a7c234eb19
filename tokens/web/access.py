"""The words of tokens.access, which pages and API share, where pages look for them."""

from tokens.access import (
    SAFE_METHODS,
    Access,
    access_of,
    delegated,
    lacks_second_factor,
    may,
    needs,
    open_before_setup,
    public,
)

__all__ = [
    "SAFE_METHODS",
    "Access",
    "access_of",
    "delegated",
    "lacks_second_factor",
    "may",
    "needs",
    "open_before_setup",
    "public",
]
