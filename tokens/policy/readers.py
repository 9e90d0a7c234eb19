"""Who is told of a token's rotation, and why: its owner, then the second contact, then everybody.

Source: shared/interfaces.md, "Reminders", and issue 3, "Reminders people keep": whoever is told
when nobody acts is told step by step, and every mail says why its reader gets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

#: The integration's second contact is told too from so many days left on.
ESCALATED = 7


class Why(StrEnum):
    """In what part somebody is told; the first that fits."""

    OWNER = "owner"
    SECOND_CONTACT = "second_contact"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Reader:
    """A lower-case address, and why it is told."""

    address: str
    why: Why


def readers(
    *,
    owner: str | None,
    administrators: Sequence[str],
    days_left: int,
    failing: bool,
    owner_gone: bool = False,
    second_contact: str | None = None,
) -> tuple[Reader, ...]:
    """Each address once, the owner first.

    Administrators are told too of what is overdue, ownerless or failing, or owned by somebody who
    has left; a second contact of all that, and from 7 days left on.
    """
    own, second = _address(owner), _address(second_contact)
    nobody_acts = days_left < 0 or failing or owner_gone or not own
    told = [Reader(own, Why.OWNER)] if own else []
    if second and (nobody_acts or days_left <= ESCALATED):
        told.append(Reader(second, Why.SECOND_CONTACT))
    if nobody_acts:
        told += [Reader(_address(each), Why.ADMINISTRATOR) for each in administrators]
    first: dict[str, Reader] = {}
    for each in told:
        first.setdefault(each.address, each)
    return tuple(first.values())


def _address(text: str | None) -> str:
    return (text or "").strip().lower()
