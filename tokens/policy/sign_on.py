"""Single sign-on: what an identity provider says of somebody, and what follows from it here.

Pure: claims of an ID token that was verified elsewhere go in. Sources: OpenID Connect Core 1.0
(claims), RFC 8176 (`amr`), OWASP ASVS 5.0, 6.8 and 7.6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from tokens.policy.vocabulary import Role

#: How far the provider's clock may be from ours, seconds.
LEEWAY_SECONDS = 60
#: How long somebody may take at the provider.
FLIGHT = timedelta(minutes=15)
#: An e-mail names somebody only as long as the provider vouches for it.
EMAIL_CLAIM = "email"


class Refusal(StrEnum):
    """Why nobody was signed in. The words stand in the audit trail."""

    NOT_STARTED = "not_started"
    PROVIDER_AWAY = "provider_away"
    PROVIDER_REFUSED = "provider_refused"
    BAD_ANSWER = "bad_answer"
    NO_GROUP = "no_group"
    TOO_MANY_GROUPS = "too_many_groups"
    NO_EMAIL = "no_email"
    EMAIL_UNVERIFIED = "email_unverified"
    EMAIL_DISOWNED = "email_disowned"
    OTHER_IDENTITY = "other_identity"
    DISABLED = "disabled"
    LAST_ADMINISTRATOR = "last_administrator"
    SOMEBODY_ELSE = "somebody_else"
    NOT_FRESH = "not_fresh"


class Trust(StrEnum):
    """When the provider's own second factor counts as one (`OIDC_MFA`)."""

    AMR = "amr"  # where its answer says so
    ALWAYS = "provider"  # the host says that nobody gets past the provider without
    NEVER = "ours"


@dataclass(frozen=True, slots=True)
class Grants:
    """Which groups of the provider give which role here."""

    administrators: frozenset[str] = frozenset()
    auditors: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Said:
    """What a verified ID token says. `email` is "" where it says none; `email_disowned`: it says
    that nobody verified it, which is more than not saying that somebody did."""

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    email_disowned: bool = False
    groups: frozenset[str] = frozenset()
    groups_left_out: bool = False
    amr: frozenset[str] = frozenset()
    acr: str = ""
    authenticated_at: datetime | None = None


def read_claims(claims: Mapping[str, Any], groups_claim: str) -> Said:
    """Read strictly: a claim of another type than the standard's counts as not said.

    Raises ValueError for a subject that is none.
    """
    email, subject = claims.get("email"), claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise ValueError("no subject")
    verified = claims.get("email_verified") is True
    groups = _words(claims.get(groups_claim))
    if groups_claim == EMAIL_CLAIM:
        groups = frozenset(each.lower() for each in groups) if verified else frozenset()
    # Entra puts no groups into the token of somebody in many, and this in their place.
    elsewhere = claims.get("_claim_names")
    return Said(
        issuer=str(claims["iss"]),
        subject=subject,
        email=email.strip().lower() if isinstance(email, str) and email.isprintable() else "",
        email_verified=verified,
        email_disowned=claims.get("email_verified") in (False, "false"),
        groups=groups,
        groups_left_out=isinstance(elsewhere, Mapping) and groups_claim in elsewhere,
        amr=_words(claims.get("amr")),
        acr=claims["acr"] if isinstance(claims.get("acr"), str) else "",
        authenticated_at=_moment(claims.get("auth_time")),
    )


def role_of(groups: Collection[str], grants: Grants) -> Role | None:
    """The most powerful role that these groups give; None: not let in.

    A member is what single companies make of them, which is given here and not by groups.
    """
    by_power = (
        (Role.ADMINISTRATOR, grants.administrators),
        (Role.AUDITOR, grants.auditors),
        (Role.MEMBER, grants.members),
    )
    return next((role for role, given in by_power if not given.isdisjoint(groups)), None)


_KNOWN, _HELD = frozenset({"pwd", "pin", "kba"}), frozenset({"otp", "hwk", "swk", "sc"})
_BODY = frozenset({"face", "fpt", "iris", "retina", "vbm"})


def proved_twice(said: Said, *, trust: Trust, acr: Collection[str]) -> bool:
    """Whether the provider asked for two factors, as far as `trust` believes it.

    `amr` says so by `mfa`, or by words of two kinds: something known, something held, something of
    the body. One word alone (`otp`, `hwk`) may have been all that was asked. Text messages and
    calls are no factor here. `acr`: values that the host named; any of them suffices.
    """
    if trust is Trust.NEVER:
        return False
    if trust is Trust.ALWAYS or (said.acr and said.acr in acr):
        return True
    kinds = sum(not kind.isdisjoint(said.amr) for kind in (_KNOWN, _HELD, _BODY))
    return "mfa" in said.amr or kinds > 1


def is_in_time(begun_at: datetime, now: datetime) -> bool:
    """Whether who was sent to the provider at `begun_at` may still come back."""
    return timedelta(0) <= now - begun_at < FLIGHT


def proved_anew(said: Said, *, begun_at: datetime, now: datetime) -> bool:
    """Whether somebody signed in at the provider after they were sent there to do so.

    A provider that does not say when counts as not having asked.
    """
    leeway, at = timedelta(seconds=LEEWAY_SECONDS), said.authenticated_at
    return at is not None and begun_at - leeway <= at <= now + leeway


def _words(value: Any) -> frozenset[str]:
    """A list of strings, or one string, which some providers send for a list of one."""
    if isinstance(value, str):
        return frozenset({value}) if value else frozenset()
    if not isinstance(value, list):
        return frozenset()
    return frozenset(each for each in value if isinstance(each, str) and each)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
