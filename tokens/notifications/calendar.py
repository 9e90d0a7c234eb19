"""Rotation days as iCalendar (RFC 5545): one all-day event per active token, on its due day.

No value, no hint: names, the day, and the address of the token's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from tokens.models import Token
from tokens.notifications import wording
from tokens.notifications.letters import token_url
from tokens.policy.days import utc_day

if TYPE_CHECKING:
    from icalendar import Event

#: How often a calendar program should look again.
REFRESH = timedelta(hours=6)
#: Nine in the morning of the reader's own clock, seven days before: the event begins at midnight.
ALARM = timedelta(hours=9) - timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Changed:
    """The event's revision: `number` never falls; `at` is when it last changed."""

    number: int
    at: datetime


def calendar_of(tokens: Sequence[Token], changed: Mapping[UUID, Changed], *, name: str) -> bytes:
    """The whole calendar. Two fetches between which nothing changed are equal to the byte.

    DTSTAMP is therefore the moment of the revision, not of the fetch.
    """
    # Imported where they are used: web starts sooner without, and few calendars are fetched.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Coolset token governance//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    for token in tokens:
        calendar.add_component(_event(token, changed[token.pk]))
    found: bytes = calendar.to_ical()
    return found


def _event(token: Token, changed: Changed) -> Event:
    from icalendar import Alarm, Event

    event, day = Event(), utc_day(token.due_at)
    url = token_url(token.pk)
    event.add("uid", f"{token.pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}")
    event.add("sequence", changed.number)
    event.add("dtstamp", changed.at)
    event.add("last-modified", changed.at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"Rotate {wording.title(token)}")
    event.add("description", f"The {token.scope} token is due by the policy on this day.\n{url}")
    event.add("url", url)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", ALARM)
    alarm.add("description", f"Rotate {wording.title(token)} within 7 days")
    event.add_component(alarm)
    return event
