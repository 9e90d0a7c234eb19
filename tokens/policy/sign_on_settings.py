"""Which settings of single sign-on make sense together. Each problem is a sentence of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from tokens.policy.sign_on import Trust

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_GROUPS = ("OIDC_ADMINISTRATORS", "OIDC_AUDITORS", "OIDC_MEMBERS")
#: What says nothing without a provider.
_NEEDS_ISSUER = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", *_GROUPS, "OIDC_ONLY")
#: All that `problems` looks at.
NAMES = ("OIDC_ISSUER", "OIDC_SCOPES", "OIDC_MFA", *_NEEDS_ISSUER)


def may_be_asked(url: str, *, production: bool) -> bool:
    """Whether the provider may be at this address: https, or this machine outside production."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username or parts.password or parts.fragment:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and host in _LOOPBACK and not production
    )


def problems(given: Mapping[str, object], *, production: bool) -> Iterator[str]:
    """What is wrong, in words that repeat no value. `given`: the settings of NAMES."""
    issuer = str(given["OIDC_ISSUER"])
    if not issuer:
        if alone := [name for name in _NEEDS_ISSUER if given[name]]:
            yield f"{', '.join(alone)} without OIDC_ISSUER: there is no provider to ask."
        return
    if not may_be_asked(issuer, production=production) or urlsplit(issuer).query:
        yield "OIDC_ISSUER must begin with https:// and be the issuer's address alone."
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        if not given[name]:
            yield f"{name} is missing: the provider knows this product by it."
    if not any(given[name] for name in _GROUPS):
        yield "OIDC_ADMINISTRATORS, OIDC_AUDITORS and OIDC_MEMBERS are empty: nobody gets in."
    if given["OIDC_ONLY"] and not given["OIDC_ADMINISTRATORS"]:
        yield "OIDC_ONLY without OIDC_ADMINISTRATORS: nobody could administer the product."
    if "openid" not in str(given["OIDC_SCOPES"]).split():
        yield "OIDC_SCOPES must hold openid: without it there is nobody to sign in."
    if given["OIDC_MFA"] not in set(Trust):
        yield f"OIDC_MFA must be {', '.join(Trust)}."
