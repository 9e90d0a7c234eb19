"""What people did to the sample tokens, done with the services that pages call."""

from __future__ import annotations

import random
from datetime import datetime

from tokens.audit import Actor, Event, audited, system
from tokens.models import Integration, Person, Rotation
from tokens.models.base import new_id
from tokens.services.compromise import mark_compromised
from tokens.services.edit_integration import edit_integration
from tokens.services.entries import Entry
from tokens.services.leaving import set_leaving
from tokens.services.record_revocation import record_revocation
from tokens.services.registering import Registrar
from tokens.services.report_usage import report_usage
from tokens.services.rotation import start_rotation, submit_value
from tokens.services.rotation.promote import promote
from tokens.services.seed_demo import callers, mails
from tokens.services.seed_demo.answers import result
from tokens.services.seed_demo.deck import FINANCE
from tokens.services.seed_demo.names import Connector
from tokens.services.seed_demo.shape import Compromise, Leave, Revoke, Sample
from tokens.services.usage_keys import authenticate, create_usage_key


def person(email: str) -> Actor:
    """Somebody of the sample company; no account of that name exists."""
    return Actor("account", email)


def store(samples: list[Sample], *, now: datetime) -> None:
    """Put these in at once: an import on the first day, by hand on any other."""
    imported = samples[0].imported
    event = Event.TOKEN_IMPORTED if imported else Event.TOKEN_REGISTERED
    with audited(actor=person(samples[0].created_by), now=now) as trail:
        shared = any(sample.shares for sample in samples)
        registrar = Registrar(trail=trail, now=now, allow_shared=shared, event=event)
        entries = [_entry(sample) for sample in samples]
        registrar.expect(entries)
        for sample, entry in zip(samples, entries, strict=True):
            sample.row = registrar.add(entry)
        registrar.finish()
        if imported:
            trail.add(Event.IMPORT_DONE, samples[0].token.company, rows=len(samples))


def _entry(sample: Sample) -> Entry:
    company, connector = sample.place.company, sample.place.connector
    return Entry(
        company_name=company.name,
        workspace_id=company.workspace_id if company.recorded else None,
        integration_name=connector.name,
        environment=sample.place.environment,
        scope=sample.place.scope,
        owner_email=sample.owner,
        created_by_email=sample.created_by,
        issued_at=sample.issued_at,
        value=sample.value,
        where=connector.where,
        runbook_url=connector.runbook,
    )


def describe(connector: Connector, *, now: datetime) -> None:
    """Say what an integration does and who answers for it."""
    edit_integration(
        integration=Integration.objects.get(name=connector.name),
        description=connector.what,
        owner_email=connector.owner,
        actor=person(connector.owner),
        now=now,
    )


def open_guide(sample: Sample, *, now: datetime) -> Rotation:
    """Begin the guided rotation."""
    return start_rotation(token=sample.token, actor=person(sample.created_by), now=now)


def paste(new: Sample, rotation: Rotation, *, now: datetime) -> Rotation:
    """Hand the new value in. Raises LookupError for a sample without one: a flaw in the plan."""
    if new.value is None or new.issued_at is None:
        raise LookupError("a rotation of the sample data has no new value")
    return submit_value(
        rotation=rotation,
        value=new.value,
        issued_at=new.issued_at,
        created_by_email=new.created_by,
        actor=person(new.created_by),
        now=now,
    )


def accept(new: Sample, rotation: Rotation, *, now: datetime, rng: random.Random) -> None:
    """The probe's answer: Coolset accepts the new value, so it takes the old one's place."""
    answered = result(new, subject=rotation.pk, claim=new_id(), at=now, rng=rng)
    rotation.own_calls = [answered.answer.begun_at.timestamp()]
    rotation.last_outcome = answered.answer.outcome.value
    with audited(actor=system("check"), now=now) as trail:
        new.row = promote(rotation, answered, trail=trail, now=now)


def revoke(sample: Sample, act: Revoke) -> None:
    """Record that somebody revoked it in Coolset."""
    record_revocation(
        token=sample.token,
        reason=act.reason,
        by=act.by,
        at=act.said,
        actor=person(act.by),
        now=act.at,
    )


def compromise(sample: Sample, act: Compromise) -> None:
    """Record that others may have its value; whoever has to know is mailed at once."""
    mark_compromised(
        token=sample.token, reason=act.reason, by=act.by, actor=person(act.by), now=act.at
    )
    mails.send_alerts(now=act.at)


def leave(act: Leave) -> None:
    """Record that somebody leaves, or has left."""
    set_leaving(
        person=Person.objects.get(email=act.email),
        leaving_on=act.leaving_on,
        left_on=act.left_on,
        actor=person(FINANCE),
        now=act.at,
    )


class Reporters:
    """The usage keys of integrations that report, made when they are first needed."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def report(self, sample: Sample, *, now: datetime) -> None:
        """The integration signs in with its key and says that it used this token now.

        Raises LookupError where its key is none: a flaw in the plan.
        """
        key = authenticate(plain=self._plain(sample, now), now=now)
        if key is None:
            raise LookupError("an integration of the sample data has no key")
        who = callers.of(sample.place.connector)
        report_usage(token=sample.token, key=key, seen_at=now, now=now, **who)

    def _plain(self, sample: Sample, now: datetime) -> str:
        """The text of its key, which is forgotten when the past is told."""
        connector = sample.place.connector
        if connector.name not in self._keys:
            _, self._keys[connector.name] = create_usage_key(
                integration=sample.token.integration, actor=person(connector.owner), now=now
            )
        return self._keys[connector.name]
