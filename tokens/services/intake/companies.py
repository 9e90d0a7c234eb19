"""The companies behind a token: what is offered, and taking over what a person ticked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from tokens.audit import Event, Trail
from tokens.errors import InvalidInput
from tokens.models import Company, Start
from tokens.policy.offers import Kind, Listed, Offer, offers
from tokens.policy.vocabulary import WORKSPACE_TYPES
from tokens.services.changes import Changes
from tokens.services.directory import Directory
from tokens.services.entries import Entry
from tokens.services.mismatches import refresh_mismatches_of


def offers_of(start: Start) -> tuple[Offer, ...]:
    """What Coolset's answer offers, beside what is here now."""
    return offers_for([_listed(each) for each in start.workspaces])


def offers_for(listed: Sequence[Listed]) -> tuple[Offer, ...]:
    """The same of a list that is kept nowhere."""
    numbers = {number for each in listed for number in (each.workspace_id, each.id) if number}
    names = {each.name.strip() for each in listed if each.name}
    near = Company.objects.filter(Q(workspace_id__in=numbers) | Q(name__in=names))
    rows = list(near.values_list("name", "workspace_id"))
    return offers(listed, {number: name for name, number in rows if number is not None}, dict(rows))


def take_companies(chosen: Sequence[Offer], trail: Trail, now: datetime) -> None:
    """Create those that are missing, give those of the same name their workspace id.

    The caller's transaction. Raises AlreadyKnown where somebody was faster with another id.
    """
    directory = Directory(trail, now)
    directory.expect([_entry(offer) for offer in chosen])
    for offer in chosen:
        company = directory.company(offer.name, offer.number)
        if company._state.adding and offer.type in WORKSPACE_TYPES:
            company.workspace_type = offer.type
    directory.write()
    for company in directory.recognised:
        refresh_mismatches_of(company)
    _take_types(directory.recognised, chosen, trail)


def placed_in(entry: Entry, offered: Sequence[Offer], ticked: Collection[int]) -> Entry:
    """The entry with the name of its workspace's company, if that is known or ticked.

    Raises InvalidInput naming `workspace_id`.
    """
    offer = next((each for each in offered if each.number == entry.workspace_id), None)
    if offer is None:
        raise InvalidInput("is not one of those listed", field="workspace_id")
    if offer.kind is not Kind.KNOWN and offer.number not in ticked:
        raise InvalidInput("is not here yet: tick it above as well", field="workspace_id")
    return replace(entry, company_name=offer.name)


def _take_types(connected: Sequence[Company], chosen: Sequence[Offer], trail: Trail) -> None:
    types = {offer.number: offer.type for offer in chosen if offer.type in WORKSPACE_TYPES}
    for company in connected:
        changes = Changes(company)
        changes.set("workspace_type", types.get(company.workspace_id or 0, company.workspace_type))
        changes.save(trail, Event.COMPANY_EDITED)


def _entry(offer: Offer) -> Entry:
    """What the directory looks up; it asks for nothing but the company."""
    return Entry(
        company_name=offer.name,
        workspace_id=offer.number,
        integration_name="",
        environment="",
        scope="",
    )


def _listed(each: dict[str, Any]) -> Listed:
    return Listed(each["workspace_id"], each["id"], each["name"], each["type"])
