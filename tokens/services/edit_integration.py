"""Describing an integration: its name, what it does, who answers for it."""

from datetime import datetime

from tokens.audit import Actor, Event, audited
from tokens.errors import AlreadyKnown, NotFound
from tokens.models import Integration
from tokens.policy.register import clean_name, clean_text
from tokens.services.changes import UNSET, Changes, Unset
from tokens.services.entries import cleaned
from tokens.services.people import person_for

DESCRIPTION_LENGTH = 2000


def edit_integration(
    *,
    integration: Integration,
    actor: Actor,
    now: datetime,
    name: str | Unset = UNSET,
    description: str | Unset = UNSET,
    owner_email: str | Unset = UNSET,
    second_contact_email: str | Unset = UNSET,
) -> Integration:
    """Change what is given; an empty e-mail takes the owner or the second contact away.

    Another second contact is told of what comes next, and inherits what was told.

    Raises InvalidInput or AlreadyKnown, with the argument's name as the field.
    """
    with audited(actor=actor, now=now) as trail:
        row = Integration.objects.select_for_update().filter(pk=integration.pk).first()
        if row is None:
            raise NotFound("There is no such integration.")
        changes = Changes(row)
        if not isinstance(name, Unset):
            changes.set("name", _free_name(row, name))
        if not isinstance(description, Unset):
            changes.set("description", _description(description))
        if not isinstance(owner_email, Unset):
            changes.set("owner", person_for(owner_email, field="owner_email", trail=trail, now=now))
        if not isinstance(second_contact_email, Unset):
            field = "second_contact_email"
            second = person_for(second_contact_email, field=field, trail=trail, now=now)
            changes.set("second_contact", second)
        changes.save(trail, Event.INTEGRATION_EDITED)
    return row


def _description(text: str) -> str:
    return cleaned(
        lambda: clean_text(text, "description", DESCRIPTION_LENGTH, lines=True),
    )


def _free_name(integration: Integration, name: str) -> str:
    name = cleaned(clean_name, name)
    if Integration.objects.filter(name=name).exclude(pk=integration.pk).exists():
        raise AlreadyKnown("is the name of another integration", field="name")
    return name
