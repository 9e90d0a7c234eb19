"""People: e-mails that own or created tokens, made when they are first named."""

from datetime import datetime

from tokens.audit import Event, Trail
from tokens.models import Person
from tokens.policy.register import clean_email
from tokens.services.entries import cleaned


def person_for(email: str, *, field: str, trail: Trail, now: datetime) -> Person | None:
    """The person of an address, created and audited if new; None for an empty address.

    Raises InvalidInput naming `field`.
    """
    address = cleaned(clean_email, email, field)
    if not address:
        return None
    person, created = Person.objects.get_or_create(email=address, defaults={"created_at": now})
    if created:
        trail.add(Event.PERSON_CREATED, person)
    return person
