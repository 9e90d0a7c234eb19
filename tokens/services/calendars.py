"""Links to calendars: made, shown once, fetched by a calendar program, revoked.

The secret is 32 random bytes in the address. Its SHA-256 is all that is kept, so that every text
costs the same: one hash and one look-up by it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import InvalidInput, NotFound, WrongState
from tokens.models import Account, CalendarLink, Person, Token
from tokens.policy.days import utc_day
from tokens.policy.people import gone_from, is_gone
from tokens.policy.roles import EVERYTHING, NOTHING, Permission, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.within import inside

PREFIX = "ctc_"
LONGEST = 200
#: So many links in force of one account or person.
MOST = 10
#: Who may have a link to tokens that others own: whoever gives roles there.
_ALL = Permission.MEMBERS
_SEEN_EVERY = timedelta(minutes=1)


def make_calendar(
    *,
    account: Account | None = None,
    person: Person | None = None,
    everything: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[CalendarLink, str]:
    """A link of an account (its own tokens, or `everything` that it administers) or of a person,
    and its secret, which nobody can read again after this. Raises WrongState where there are too
    many already."""
    whose = account.email if account else person.email if person else ""
    plain = PREFIX + secrets.token_urlsafe(32)
    with audited(actor=actor, now=now) as trail:
        live = CalendarLink.objects.filter(account=account, person=person, revoked_at__isnull=True)
        if live.count() >= MOST:
            raise WrongState(f"There are {MOST} links already. Revoke one first.")
        link = CalendarLink.objects.create(
            account=account,
            person=person,
            everything=everything,
            digest=_digest(plain),
            created_at=now,
            created_by=actor.name,
        )
        trail.add(Event.CALENDAR_CREATED, _subject(link), whose=whose, everything=everything)
    return link, plain


def person_for(email: str) -> Person:
    """The person with this address. Raises InvalidInput, which does not repeat it."""
    person = Person.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise InvalidInput("is nobody who owns or created tokens here", field="email")
    return person


def revoke_calendar(*, link: CalendarLink, actor: Actor, now: datetime) -> None:
    """End a link at once. Raises WrongState if it was ended before."""
    with audited(actor=actor, now=now) as trail:
        row = CalendarLink.objects.select_for_update().filter(pk=link.pk).first()
        if row is None:
            raise NotFound("There is no such link.")
        if row.revoked_at is not None:
            raise WrongState("This link was revoked before.")
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        whose = row.account.email if row.account else row.person.email if row.person else ""
        trail.add(Event.CALENDAR_REVOKED, _subject(row), whose=whose, everything=row.everything)


def calendar_for(*, plain: str, now: datetime) -> CalendarLink | None:
    """The link in force that has this secret; None for all others alike.

    None, too, where its account was disabled or has no role any more that the link depends on, or
    where its person has left.
    """
    found = CalendarLink.objects.select_related("account", "person")
    link = found.filter(digest=_digest(plain[:LONGEST]), revoked_at__isnull=True).first()
    if link is None or not _in_force(link, now):
        return None
    quiet = Q(fetched_at__isnull=True) | Q(fetched_at__lt=now - _SEEN_EVERY)
    CalendarLink.objects.filter(quiet, pk=link.pk).update(fetched_at=now)
    return link


def tokens_of_calendar(link: CalendarLink) -> QuerySet[Token]:
    """Active tokens whose rotation the calendar shows, by due day.

    Of an account those alone that its roles, as they are now, let it see.
    """
    of_link = Token.objects.filter(inside(_reach(link)), state=State.ACTIVE.value)
    active = of_link.order_by("due_at", "pk")
    if link.everything:
        return active
    person = link.person or _own_person(link)
    return active.filter(owner=person) if person else active.none()


def _in_force(link: CalendarLink, now: datetime) -> bool:
    if link.account is not None and (not link.account.is_active or _reach(link) == NOTHING):
        return False
    person = link.person or _own_person(link)
    if person is None:
        return True
    return not is_gone(gone_from(person.leaving_on, person.left_on), utc_day(now))


def _reach(link: CalendarLink) -> Reach:
    if link.account is None:
        return EVERYTHING
    return link.account.rights.reach(_ALL if link.everything else Permission.VIEW)


def _own_person(link: CalendarLink) -> Person | None:
    if link.account is None:
        return None
    return Person.objects.filter(email=link.account.email).first()


def _subject(link: CalendarLink) -> Subject:
    what = f"calendar of all tokens for {link.account}" if link.everything else str(link)
    return Subject("calendar", str(link.pk), what)


def _digest(plain: str) -> bytes:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
