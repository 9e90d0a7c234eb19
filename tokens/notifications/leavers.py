"""What administrators are told of a person who leaves: whose tokens have to change hands."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from tokens.models import Notice, Person, Token
from tokens.notifications import wording
from tokens.notifications.letters import NAMED, Item, Letter, Section, token_url
from tokens.notifications.messages import one_line
from tokens.policy.vocabulary import State

#: Thresholds of the ledger: somebody may be told of twice, before they leave and when they left.
LEAVES, LEFT = 0, 1


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a person's row says: `threshold` is LEAVES (`day` is the last one) or LEFT."""

    day: date
    threshold: int


def leaving_of(person: Person) -> Leaving | None:
    """What there is to tell of a person; None where they stay."""
    if person.left_on is not None:
        return Leaving(person.left_on, LEFT)
    return None if person.leaving_on is None else Leaving(person.leaving_on, LEAVES)


def leaving_occasion(person: Person, leaving: Leaving) -> str:
    """The ledger's occasion: who, in hexadecimal, and the day as yyyymmdd."""
    return f"{person.pk.hex}{leaving.day:%Y%m%d}"


def tokens_left_behind(person: Person) -> QuerySet[Token]:
    """Active tokens that the person owns or created, by due day."""
    theirs = Q(owner=person) | Q(created_by=person)
    return Token.objects.filter(theirs, state=State.ACTIVE.value).order_by("due_at", "pk")


def leaver_of(notice: Notice) -> Person | None:
    """The person of a notice, as long as what it says is true and there is something to do."""
    person = Person.objects.filter(pk=UUID(hex=notice.occasion[:32])).first()
    leaving = None if person is None else leaving_of(person)
    if person is None or leaving is None:
        return None
    same = leaving_occasion(person, leaving) == notice.occasion
    if not same or leaving.threshold != notice.threshold:
        return None
    return person if tokens_left_behind(person).exists() else None


def leaver_letter(notice: Notice) -> Letter:
    """A mail about one person; raises LookupError where there is nothing to say any more."""
    person = leaver_of(notice)
    leaving = None if person is None else leaving_of(person)
    if person is None or leaving is None:
        raise LookupError("nobody leaves")
    rows = tokens_left_behind(person).select_related("company", "integration", "owner")
    found = list(rows[: NAMED + 1])
    number = len(found) if len(found) <= NAMED else rows.count()
    items = tuple(_item(person, token, leaving) for token in found[:NAMED])
    verb = "has left" if leaving.threshold == LEFT else f"leaves on {wording.day(leaving.day)}"
    words = one_line(f"{person.email} {verb}")
    subject = f"{words}: {wording.count(number, 'token')} to hand over"
    return Letter("alert", subject, (Section(words, items, more=number - len(items)),))


def _item(person: Person, token: Token, leaving: Leaving) -> Item:
    owns, created = token.owner_id == person.pk, token.created_by_id == person.pk
    deeds = [word for word, true in (("owns", owns), ("created", created)) if true]
    when = "now" if leaving.threshold == LEFT else "before that day is over"
    todo = [f"Name another owner on {_page(person)}."] if owns else []
    if created:
        todo.append(f"Rotate it {when}: its permissions are those of {person.email}.")
    return Item(
        title=wording.title(token),
        sentence=f"{person.email} {' and '.join(deeds)} it.",
        todo=" ".join(todo),
        url=token_url(token.pk),
        name=wording.name(token),
        owner=token.owner.email if token.owner else "nobody",
        tone="red" if leaving.threshold == LEFT else "amber",
    )


def _page(person: Person) -> str:
    return f"{settings.PUBLIC_URL}/people/{person.pk}/"
