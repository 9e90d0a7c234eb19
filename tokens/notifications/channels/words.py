"""What a message says: one line per notice, names and days, a link. No hint, no address of people.

Names are typed by people and imported, and a chat gives signs a meaning: nobody may be called by a
token's name, and no name becomes a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from tokens.models import Delivery, Token
from tokens.notifications import wording
from tokens.notifications.channels.calling import Message
from tokens.notifications.channels.pages import page_of
from tokens.policy.channels import ORDER, TEST, topic
from tokens.policy.days import days_left, utc_day
from tokens.policy.vocabulary import State

#: So many are named; the rest is a number and a link.
NAMED = 20
_PLAIN = str.maketrans({"<": "(", ">": ")", "@": "(at)", "`": "'", "*": "·", "[": "(", "]": ")"})


def message_of(deliveries: Sequence[Delivery], *, now: datetime) -> Message:
    """One message about all of these (with token, company and integration), the worst first."""
    if all(each.kind == TEST for each in deliveries):
        return _test()
    told = sorted(
        (each for each in deliveries if each.kind != TEST),
        key=lambda each: (-ORDER.index(topic(each.topic).severity), each.topic, each.created_at),
    )
    lines = [_line(each, now) for each in told[:NAMED]]
    if len(told) > NAMED:
        lines.append(f"… and {len(told) - NAMED} more: {settings.PUBLIC_URL}/")
    return Message(_title(told), "\n".join(lines))


def plain(text: str) -> str:
    """Text that means nothing else to a chat than what it says."""
    return text.translate(_PLAIN)


def _test() -> Message:
    return Message(
        "Test message of token governance",
        f"It arrived: reminders and alerts will come here. {settings.PUBLIC_URL}/notifications/",
    )


def _title(told: Sequence[Delivery]) -> str:
    first = told[0]
    if len(told) > 1:
        same = len({each.topic for each in told}) == 1
        words = topic(first.topic).words if same else "Tokens need attention"
        return f"{words}: {len(told)}"
    named = f": {plain(wording.name(first.token))}" if first.token else ""
    return f"{topic(first.topic).words}{named}"


def _line(delivery: Delivery, now: datetime) -> str:
    words = topic(delivery.topic).words
    token = delivery.token
    if token is None:
        return f"- {words}. {page_of(delivery)}"
    return f"- {words}: {plain(wording.title(token))}{_due(token, now)}. {page_of(delivery)}"


def _due(token: Token, now: datetime) -> str:
    if token.state != State.ACTIVE.value:
        return ""
    due, days = utc_day(token.due_at), days_left(token.due_at, now)
    left = wording.left(days)
    return f", due on {due.day} {due:%B %Y} UTC" + (
        f", {left}" if not left.startswith("due") else ""
    )
