"""Keys for scripts: made and shown once, found by their hash, ended.

Kept as SHA-256: 32 random bytes need no slow hash.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from tokens.audit import Actor, Event, audited
from tokens.errors import AlreadyKnown, InvalidInput, NotFound, WrongState
from tokens.models import ApiKey, Company
from tokens.models.api_keys import NAME_LENGTH
from tokens.policy.api_keys import ALWAYS, KEYABLE, LONGEST_DAYS, Standing, ends_at, standing
from tokens.policy.fields import has_prefixed_token
from tokens.policy.roles import Permission
from tokens.policy.two_people import Agreed, Rule
from tokens.services.two_people import agreed_facts

#: Scanners find these by `ctgk_[A-Za-z0-9_-]{43}`.
PREFIX = "ctgk_"
LONGEST = 200
_SEEN_EVERY = timedelta(minutes=1)


def create_api_key(
    *,
    name: str,
    permissions: Collection[Permission],
    days: int,
    actor: Actor,
    now: datetime,
    companies: Collection[UUID] = (),
    agreed: Agreed | None = None,
) -> tuple[ApiKey, str]:
    """A new key, and its text, which nobody can read again after this.

    companies: what it is bound to; none: the whole organisation. Raises InvalidInput naming `name`,
    `permissions`, `days` or `companies`; AlreadyKnown where a key that was not revoked has this
    name; NotAllowed where the two-person rule asks for another one and `agreed` names none.
    """
    facts = agreed_facts(Rule.KEYS, agreed=agreed, actor=actor)
    wanted = clean_new_key(
        name=name, permissions=permissions, days=days, companies=companies, now=now
    )
    plain = PREFIX + secrets.token_urlsafe(32)
    with audited(actor=actor, now=now) as trail:
        check_name_is_free(wanted.name)
        key = ApiKey.objects.create(
            name=wanted.name,
            permissions=wanted.permissions,
            companies=sorted(wanted.companies) or None,
            hint=f"{PREFIX}…{plain[-4:]}",
            digest=_digest(plain),
            created_at=now,
            created_by=actor.name,
            expires_at=wanted.expires_at,
        )
        trail.add(
            Event.API_KEY_CREATED,
            key,
            permissions=wanted.permissions,
            prefix=key.hint,
            expires_at=wanted.expires_at,
            companies=sorted(wanted.companies.values()),
            **facts,
        )
    return key, plain


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key by the rules. `companies`: ids and names of those it is bound to."""

    name: str
    permissions: list[str]
    companies: dict[str, str]
    expires_at: datetime


def clean_new_key(
    *,
    name: str,
    permissions: Collection[Permission],
    days: int,
    now: datetime,
    companies: Collection[UUID] = (),
) -> Wanted:
    """What a key would be. Raises InvalidInput as making it does."""
    try:
        expires_at = ends_at(days=days, now=now)
    except ValueError:
        raise InvalidInput(f"must be 1 to {LONGEST_DAYS}", field="days") from None
    return Wanted(_name(name), _permissions(permissions), _companies(companies), expires_at)


def check_name_is_free(name: str) -> None:
    """Raises AlreadyKnown where a key that was not revoked is called so."""
    if ApiKey.objects.filter(name=name, revoked_at__isnull=True).exists():
        raise AlreadyKnown("is the name of another key", field="name")


def revoke_api_key(*, key: ApiKey, actor: Actor, now: datetime) -> ApiKey:
    """End a key at once. Raises NotFound, and WrongState if it was ended before."""
    with audited(actor=actor, now=now) as trail:
        row = ApiKey.objects.select_for_update().filter(pk=key.pk).first()
        if row is None:
            raise NotFound("There is no such key.")
        if row.revoked_at is not None:
            raise WrongState("This key was revoked before.")
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        trail.add(Event.API_KEY_REVOKED, row, prefix=row.hint)
    return row


def authenticate_api_key(*, plain: str, now: datetime) -> ApiKey | None:
    """The key in force that has this text, or None; as `usage_keys.authenticate` does it."""
    key = known_api_key(plain)
    if key is None:
        return None
    state = standing(expires_at=key.expires_at, revoked_at=key.revoked_at, now=now)
    if state is not Standing.IN_FORCE:
        return None
    quiet = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _SEEN_EVERY)
    if ApiKey.objects.filter(quiet, pk=key.pk).update(last_used_at=now):
        key.last_used_at = now
    return key


def known_api_key(plain: str) -> ApiKey | None:
    """The key of this text, in force or not; one hash and one look-up, whatever the text."""
    return ApiKey.objects.filter(digest=_digest(plain[:LONGEST])).first()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if has_prefixed_token(name):
        raise InvalidInput("looks like a token", field="name")
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(f"must be 1 to {NAME_LENGTH} characters", field="name")
    return name


def _permissions(wanted: Collection[Permission]) -> list[str]:
    if any(each not in KEYABLE for each in wanted):
        raise InvalidInput("names what no key may do", field="permissions")
    return sorted({ALWAYS.value, *(each.value for each in wanted)})


def _companies(ids: Collection[UUID]) -> dict[str, str]:
    """Ids and names of the companies."""
    found = Company.objects.filter(pk__in=ids).values_list("pk", "name")
    named = {str(pk): name for pk, name in found}
    if len(named) != len(set(ids)):
        raise InvalidInput("names a company that is not there", field="companies")
    return named


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
