"""The settings of single sign-on in one piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from tokens.policy.sign_on import Grants, Trust

CALLBACK = "/accounts/oidc/callback/"


@dataclass(frozen=True, slots=True)
class Config:
    """One provider, and what is believed of it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scopes: str
    groups_claim: str
    grants: Grants
    trust: Trust
    acr: tuple[str, ...]
    trust_email: bool
    only: bool
    redirect_uri: str
    production: bool


def _named(words: list[str]) -> frozenset[str]:
    lower = settings.OIDC_GROUPS_CLAIM == "email"
    return frozenset(word.lower() if lower else word for word in words)


def configured() -> Config | None:
    """None where there is no single sign-on."""
    if not settings.OIDC_ISSUER:
        return None
    given: Any = settings
    return Config(
        issuer=given.OIDC_ISSUER,
        client_id=given.OIDC_CLIENT_ID,
        client_secret=given.OIDC_CLIENT_SECRET,
        name=given.OIDC_NAME,
        scopes=given.OIDC_SCOPES,
        groups_claim=given.OIDC_GROUPS_CLAIM,
        grants=Grants(
            administrators=_named(given.OIDC_ADMINISTRATORS),
            auditors=_named(given.OIDC_AUDITORS),
            members=_named(given.OIDC_MEMBERS),
        ),
        trust=Trust(given.OIDC_MFA),
        acr=tuple(given.OIDC_ACR),
        trust_email=given.OIDC_TRUST_EMAIL,
        only=given.OIDC_ONLY,
        redirect_uri=f"{given.PUBLIC_URL}{CALLBACK}",
        production=given.PRODUCTION,
    )
