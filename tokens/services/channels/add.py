"""Adding a channel or a webhook. Its address goes in and is never shown again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from tokens.audit import Actor, Event, audited
from tokens.errors import AlreadyKnown, InvalidInput
from tokens.models import Channel, Company, Integration, SealedAs
from tokens.models.channels import CHANNEL_NAME_LENGTH
from tokens.notifications.channels.addresses import check_webhook
from tokens.notifications.channels.calling import Place, read_address
from tokens.policy.channels import TOPICS, Severity, Way
from tokens.policy.fields import clean_text
from tokens.policy.register import Invalid
from tokens.services.channels.sealing import keep, new_signing_secret

#: What an address that is pasted into the name looks like.
_ADDRESS_LIKE = ("://", "whsec_")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a channel is called and what it is told: no topics, company, integration means all."""

    name: str
    topics: Sequence[str] = ()
    at_least: str = Severity.NOTICE.value
    company: Company | None = None
    integration: Integration | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Added:
    """`secret`: a webhook's signing secret, which nobody can read again after this."""

    channel: Channel
    secret: str = field(default="", repr=False)


def add_channel(*, way: Way, url: str, wanted: Wanted, actor: Actor, now: datetime) -> Added:
    """Store a channel with its sealed address, a webhook with a fresh signing secret.

    Raises InvalidInput and AlreadyKnown, which name the field and never repeat the address.
    """
    clean = cleaned(wanted)
    address = url.strip()
    shown = shown_of(way, address)
    secret = new_signing_secret() if way is Way.WEBHOOK else ""
    with audited(actor=actor, now=now) as trail:
        channel = _store(way, shown, clean, actor, now)
        keep(channel, SealedAs.ADDRESS, address, now=now)
        if secret:
            keep(channel, SealedAs.SIGNING, secret, now=now)
        trail.add(
            Event.CHANNEL_CREATED,
            channel,
            company=clean.company,
            way=way.value,
            address=shown,
            topics=list(clean.topics),
            at_least=clean.at_least,
            integration=clean.integration.name if clean.integration else None,
            active=clean.active,
        )
    return Added(channel, secret)


def shown_of(way: Way, address: str) -> str:
    """What pages show of an address. Raises InvalidInput."""
    allow, production = settings.NOTIFY_ALLOW_HOSTS, settings.PRODUCTION
    if way is Way.WEBHOOK:
        return check_webhook(address, allow=allow, production=production)
    return read_address(Place(address, allow, production))


def cleaned(wanted: Wanted) -> Wanted:
    """The same, checked. Raises InvalidInput."""
    try:
        name = clean_text(wanted.name, "name", CHANNEL_NAME_LENGTH, required=True)
    except Invalid as problem:
        raise InvalidInput(problem.reason, field="name") from None
    if looks_like_address(name):
        raise InvalidInput("looks like an address; names are shown to everybody", field="name")
    unknown = [word for word in wanted.topics if word not in TOPICS]
    if unknown:
        raise InvalidInput("holds a word that is none of " + ", ".join(TOPICS), field="topics")
    if wanted.at_least not in {word.value for word in Severity}:
        words = ", ".join(word.value for word in Severity)
        raise InvalidInput(f"is not one of {words}", field="at_least")
    topics = tuple(word for word in TOPICS if word in wanted.topics)
    return Wanted(name, topics, wanted.at_least, wanted.company, wanted.integration, wanted.active)


def looks_like_address(text: str) -> bool:
    """Whether somebody pasted an address, or a signing secret, where a name belongs."""
    return any(sign in text for sign in _ADDRESS_LIKE)


def _store(way: Way, shown: str, wanted: Wanted, actor: Actor, now: datetime) -> Channel:
    try:
        with transaction.atomic():
            return Channel.objects.create(
                way=way.value,
                name=wanted.name,
                shown=shown,
                topics=list(wanted.topics),
                at_least=wanted.at_least,
                company=wanted.company,
                integration=wanted.integration,
                active=wanted.active,
                created_at=now,
                created_by=actor.name,
            )
    except IntegrityError:
        raise AlreadyKnown("is the name of another channel", field="name") from None
