"""Storing one token, once, however often it is asked for with the same key."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tokens.audit import Actor, audited
from tokens.errors import InvalidInput, KeyReused
from tokens.keys import fingerprint_key
from tokens.models import FirstAnswer
from tokens.policy.fields import Invalid
from tokens.policy.idempotency import HEADER, KEPT, canonical, check_key
from tokens.policy.roles import EVERYTHING, Reach
from tokens.services.entries import Entry
from tokens.services.register import register_token
from tokens.vault.fingerprints import fingerprint

REUSED = "This key was used for something else within a day. Take a new one."


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, under which key, for what: the body as it was sent, a value in it perhaps."""

    caller: str
    key: str = field(repr=False)
    body: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """`again`: it was stored before, by an earlier call with the same key."""

    token: UUID
    again: bool


class _Taken(Exception):
    """Another call has, or had, this key."""


def register_once(
    *,
    asked: Asked,
    entry: Entry,
    allow_shared: bool,
    actor: Actor,
    now: datetime,
    reach: Reach = EVERYTHING,
) -> Stored:
    """Store the token, or say which one this key stored within the last 24 hours.

    Raises InvalidInput for what is no key, KeyReused where it came with another body, and what
    register_token raises: nothing is kept then, so that it can be sent again, put right.
    """
    try:
        check_key(asked.key)
    except Invalid as problem:
        raise InvalidInput(problem.reason, field=problem.field) from None
    try:
        with audited(actor=actor, now=now):
            first = _claimed(asked, now)
            first.token = register_token(
                entry=entry, allow_shared=allow_shared, actor=actor, now=now, reach=reach
            ).pk
            first.save(update_fields=["token"])
            return Stored(first.token, again=False)
    except _Taken:
        return _before(asked)


def _claimed(asked: Asked, now: datetime) -> FirstAnswer:
    """The row, written first: another call with the key waits here until this one is done."""
    mine = FirstAnswer.objects.filter(caller=asked.caller, key_digest=_key_of(asked))
    mine.filter(created_at__lte=now - KEPT).delete()
    found = FirstAnswer(
        caller=asked.caller,
        key_digest=_key_of(asked),
        body_digest=_body_of(asked),
        created_at=now,
    )
    try:
        with transaction.atomic():
            found.save(force_insert=True)
    except IntegrityError:
        raise _Taken from None
    return found


def _before(asked: Asked) -> Stored:
    first = FirstAnswer.objects.get(caller=asked.caller, key_digest=_key_of(asked))
    if bytes(first.body_digest) != _body_of(asked) or first.token is None:
        raise KeyReused(REUSED, field=HEADER)
    return Stored(first.token, again=True)


# A value has no NUL, so neither digest is ever the fingerprint of one.
def _key_of(asked: Asked) -> bytes:
    return fingerprint(fingerprint_key(), f"idempotency key\0{asked.key}")


def _body_of(asked: Asked) -> bytes:
    return fingerprint(fingerprint_key(), f"idempotency body\0{canonical(asked.body)}")
