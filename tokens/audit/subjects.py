"""What an entry speaks of: type, id and name, copied in so that the entry outlives the object."""

from dataclasses import dataclass

from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Subject:
    """An object by type (the model's name in lower case), id and name; id may be empty."""

    type: str
    id: str = ""
    name: str = ""


NO_COMPANY = Subject("company")


def subject_of(thing: Model | Subject) -> Subject:
    """A model instance by its `audit_name`, else by str()."""
    if isinstance(thing, Subject):
        return thing
    name = getattr(thing, "audit_name", None)
    return Subject(
        thing._meta.model_name or "", str(thing.pk), str(thing if name is None else name)
    )


def company_of(thing: Model | Subject) -> Subject:
    """The company that an object belongs to, itself if it is one, else none.

    Reads `thing.company`, which costs a query per object where it was not selected with it: give
    `company=` to `Trail.add` in bulk work.
    """
    if isinstance(thing, Subject):
        return thing if thing.type == "company" else NO_COMPANY
    if thing._meta.model_name == "company":
        return subject_of(thing)
    if getattr(thing, "company_id", None) is None:
        return NO_COMPANY
    return subject_of(thing.company)  # type: ignore[attr-defined]  # it has company_id
