"""Play a story in the running demo: tell its stand-in what happens at Coolset, and have it checked.

The stand-in knows values by SHA-256 alone; which of them is which sample token stands in a file
beside its state, and how to steer it in another. Both are of the demo's folder, mode 0600.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, When

from tokens.audit import Actor, Event, Subject, audited
from tokens.errors import NotAllowed, NotFound, WrongState
from tokens.models import Secret, Token
from tokens.policy.vocabulary import EvidenceSource, Health, Outcome, State
from tokens.services.seed_demo.closing import ask_again, closed, of_open_companies
from tokens.services.seed_demo.seed import is_seeded
from tokens.services.seed_demo.stand_in import CONTROL_FILE, VALUES_FILE

SECONDS = 5.0
#: So many tokens are checked at once: enough to tell an incident from single failures.
WATCHED = 60
CALLS = 40


class Story(StrEnum):
    """What can happen at Coolset."""

    VENDOR_DOWN = "vendor_down"
    VENDOR_REFUSES = "vendor_refuses"
    VENDOR_BACK = "vendor_back"
    FOREIGN_USE = "foreign_use"
    CREATOR_DEMOTED = "creator_demoted"
    WORKSPACE_INACTIVE = "workspace_inactive"


_OUTAGES = {
    Story.VENDOR_DOWN: "fail_all",
    Story.VENDOR_REFUSES: "refuse_all",
    Story.VENDOR_BACK: None,
}


@dataclass(frozen=True, slots=True)
class Played:
    """The story, how many tokens are due for a check now, and the token that it is about."""

    story: Story
    due: int
    token: Token | None = None


def play(*, story: Story, token_id: UUID | None = None, actor: Actor, now: datetime) -> Played:
    """Make it happen, and make the checks due that will see it.

    `token_id`: of whom a story of one token speaks; without it a healthy one is taken. Raises
    NotAllowed in production, WrongState where no demo runs here, NotFound.
    """
    if settings.PRODUCTION or not is_seeded():
        raise NotAllowed("Stories are for the demo alone: nothing was changed.")
    if story in _OUTAGES:
        _steer({"do": "outage", "kind": _OUTAGES[story]})
        return Played(story, _make_due(_well()[:WATCHED], actor, now))
    token, digest = _choose(token_id, story, now)
    if story is Story.FOREIGN_USE:
        _steer({"do": "foreign_use", "sha256": digest, "calls": CALLS})
    elif story is Story.CREATOR_DEMOTED:
        _steer({"do": "set", "sha256": digest, "mode": "forbidden"})
    else:
        _steer({"do": "profile", "sha256": digest, **closed(token)})
        ask_again(token)
    return Played(story, _make_due([token.secret_id], actor, now), token)


def _well() -> list[UUID]:
    accepted = [Health.VALID.value, Health.INSUFFICIENT.value]
    secrets = Secret.objects.filter(health__in=accepted, next_check_at__isnull=False)
    active = secrets.filter(tokens__state=State.ACTIVE.value).order_by("pk").distinct()
    return list(active.values_list("pk", flat=True))


def _choose(token_id: UUID | None, story: Story, now: datetime) -> tuple[Token, str]:
    digests: dict[str, str] = _read(VALUES_FILE)
    related = Token.objects.select_related("company", "integration", "secret")
    if token_id is not None:
        token = related.filter(pk=token_id).first()
        if token is None or str(token.pk) not in digests:
            raise NotFound("There is no such sample token with a value.")
        return token, digests[str(token.pk)]
    # One whose answers show calls left, the longest unused first, so that the story shows; not the
    # one of a story that no check has seen yet, if there is another.
    found = related.filter(
        state=State.ACTIVE.value,
        secret__health=Health.VALID.value,
        secret__last_outcome=Outcome.VALID.value,
        secret__next_check_at__isnull=False,
        secret__usages__source=EvidenceSource.HEADERS.value,
    ).order_by(_waits(now), "secret__last_used_at", "pk")
    for token in of_open_companies(found) if story is Story.WORKSPACE_INACTIVE else found:
        if str(token.pk) in digests:
            return token, digests[str(token.pk)]
    raise NotFound("There is no healthy sample token left.")


def _waits(now: datetime) -> Case:
    """1 where a check is due already, else 0."""
    return Case(When(secret__next_check_at__lte=now, then=1), default=0)


def _make_due(secrets: list[UUID], actor: Actor, now: datetime) -> int:
    with audited(actor=actor, now=now) as trail:
        due = Secret.objects.filter(pk__in=secrets, next_check_at__isnull=False)
        count = due.update(next_check_at=now)
        about = Subject("instance", name="Sample data")
        trail.add(Event.TOKEN_CHECK_REQUESTED, about, count=count)
    return count


def _read(name: str) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((Path(settings.DATA_DIR) / name).read_text("utf-8"))
    except (OSError, ValueError):
        raise WrongState("No demo runs on this folder: start `make demo` first.") from None
    return found


def _steer(order: dict[str, Any]) -> None:
    control = _read(CONTROL_FILE)
    request = urllib.request.Request(  # noqa: S310 (an address of loopback that the demo wrote)
        control["url"],
        data=json.dumps(order).encode(),
        headers={"X-Control-Token": control["token"], "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(request, timeout=SECONDS).close()
    except (urllib.error.URLError, OSError) as error:
        kind = type(error).__name__
        raise WrongState(f"The demo's stand-in does not answer ({kind}): is it running?") from None
