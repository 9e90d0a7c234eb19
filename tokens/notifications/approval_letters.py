"""The letters of the two-person rule: who asks for what, and what became of it."""

from __future__ import annotations

from django.conf import settings

from tokens.models import Approval, Notice
from tokens.notifications import wording
from tokens.notifications.approvals import Say, approval_named
from tokens.notifications.letters import Item, Letter, Section
from tokens.notifications.messages import one_line
from tokens.policy.two_people import COLLECTED, Kind, Outcome


def approval_letter(notice: Notice) -> Letter:
    """A mail about one request; raises LookupError where it is gone."""
    found = approval_named(notice)
    if found is None:
        raise LookupError("no such request")
    heading, sentence, todo = _words(found, Say(notice.threshold))
    reason = found.details.get("reason")
    item = Item(
        title=one_line(found.about),
        sentence=sentence,
        todo=todo,
        url=f"{settings.PUBLIC_URL}/approvals/{found.pk}/",
        name=one_line(found.about),
        owner=_owner(found),
        remarks=(f"Reason given: {reason}",) if reason else (),
    )
    return Letter("approval", one_line(f"{heading}: {_name(found)}"), (Section(heading, (item,)),))


def _name(found: Approval) -> str:
    """For a subject: ASCII as long as the names are, so that mail programs need not fold it."""
    if found.token is not None:
        return f"revocation of {wording.name(found.token)}"
    return found.about.replace("“", "").replace("”", "")


def _owner(found: Approval) -> str:
    owner = found.token.owner if found.token is not None else None
    return owner.email if owner else ""


def _words(one: Approval, say: Say) -> tuple[str, str, str]:
    if say is Say.WAITS:
        return (
            "A request waits for a second person",
            f"{one.asker} asks for it, and it waits until {wording.moment(one.expires_at)}.",
            "Approve or refuse it on the page below. Whoever asked cannot.",
        )
    if one.outcome == Outcome.REFUSED.value:
        return (
            "Your request was refused",
            f"{one.decided_by} refused it: {one.decision_reason}",
            "Nothing was changed. The page below keeps what was said.",
        )
    if Kind(one.kind) in COLLECTED:
        return (
            "Your key was approved",
            f"{one.decided_by} approved it. It is made when you collect it, and shown to you once.",
            f"Collect it on the page below until {wording.moment(one.expires_at)}.",
        )
    return (
        "Your request was approved",
        f"{one.decided_by} approved it, and it is recorded.",
        "Nothing more is needed: Coolset is asked now whether it refuses the value.",
    )
