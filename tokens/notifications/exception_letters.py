"""The letters about exceptions: what happened, what to do, and where."""

from __future__ import annotations

from django.conf import settings

from tokens.models import Notice, PolicyException
from tokens.notifications import wording
from tokens.notifications.exceptions import Say, exception_named
from tokens.notifications.letters import Item, Letter, Section
from tokens.notifications.messages import one_line
from tokens.policy.exceptions import Decision


def exception_letter(notice: Notice) -> Letter:
    """A mail about one exception; raises LookupError where it is gone."""
    found = exception_named(notice)
    if found is None:
        raise LookupError("no such exception")
    say = Say(notice.threshold)
    heading, sentence, todo = _words(found, say)
    token = found.token
    item = Item(
        title=wording.title(token),
        sentence=sentence,
        todo=todo,
        url=f"{settings.PUBLIC_URL}/exceptions/{found.pk}/",
        name=wording.name(token),
        owner=token.owner.email if token.owner else "nobody",
        remarks=(f"It excepts: {flag_words(found)}.", f"Reason given: {found.reason}"),
    )
    subject = one_line(f"{heading}: {wording.name(token)}")
    return Letter("exception", subject, (Section(heading, (item,)),))


def flag_words(exception: PolicyException) -> str:
    """overdue, not held."""
    return ", ".join(flag.replace("_", " ") for flag in exception.flags)


def _words(one: PolicyException, say: Say) -> tuple[str, str, str]:
    ends = wording.day(one.ends_on)
    if say is Say.WAITS:
        return (
            "An exception waits for your decision",
            f"{one.asked_by} asks for an exception until {ends}.",
            "Approve or refuse it on the page below. Whoever asked cannot.",
        )
    if say is Say.DECIDED:
        return _decided(one, ends)
    if say is Say.ENDS_SOON:
        return (
            "An exception ends soon",
            f"It ends on {ends}. What it silences is a flag again from the day after.",
            "Resolve what it silences before that, or ask for another one on the token's page.",
        )
    return (
        "An exception has ended",
        f"It ended on {ends}, and what it silenced is still so.",
        "Resolve it, ask for another exception, or take note of the end on the page below.",
    )


def _decided(one: PolicyException, ends: str) -> tuple[str, str, str]:
    if one.decision == Decision.REFUSED.value:
        return (
            "Your exception was refused",
            f"{one.decided_by} refused it: {one.decision_reason}",
            "Nothing is silenced. The page below keeps what was said.",
        )
    return (
        "Your exception was approved",
        f"{one.decided_by} approved it. What it names is silent through {ends}.",
        "Resolve what it silences before that: from the day after it counts again.",
    )
