"""What a token's page tells beside the token itself, read in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import Exists, OuterRef, Q

from tokens.models import (
    OPEN_ROTATION,
    Account,
    Approval,
    AuditEvent,
    Check,
    MailPreference,
    Membership,
    Notice,
    PolicyException,
    RefusedAddress,
    Rotation,
    Sighting,
    Snooze,
    Token,
)
from tokens.notifications.prefer import Known, known, reminders_of_late
from tokens.notifications.status import latest
from tokens.policy.vocabulary import CompanyRole, Role
from tokens.selectors.approvals import for_token
from tokens.selectors.exceptions import all_of_token
from tokens.selectors.safe_to_revoke import Leaving
from tokens.selectors.safe_to_revoke import questions as of_leaving
from tokens.selectors.snooze import snoozes_of
from tokens.selectors.story import entries_of, runs_of
from tokens.selectors.together import Ask, read_together
from tokens.selectors.usage import Use, use_in
from tokens.selectors.verdict_refused import Trail
from tokens.selectors.verdict_refused import questions as of_refusal

_TOLD = ("email", "role", "is_active", "time_zone")


class OfStory(TypedDict):
    use: Use
    notices: Sequence[Notice]
    entries: Sequence[AuditEvent]
    runs: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Around:
    """`notices` with their mails, `approvals` with the key they were asked through; what is open or
    waits comes as a row or none. `trail` is None unless the token is refused."""

    use: Use
    leaving: Leaving
    notices: Sequence[Notice]
    entries: Sequence[AuditEvent]
    runs: Sequence[Check]
    exceptions: Sequence[PolicyException]
    rotation: Rotation | None
    approval: Approval | None
    snooze: Snooze | None
    readers: Known
    trail: Trail | None

    @property
    def of_story(self) -> OfStory:
        """What `story` would read itself, by the names that it takes."""
        return {
            "use": self.use,
            "notices": self.notices,
            "entries": self.entries,
            "runs": self.runs,
        }


def around(token: Token, now: datetime) -> Around:
    """All of it for a token with secret, owner, replacement and the integration's second contact;
    one query, however much there is."""
    leaving, refusal = of_leaving(token), of_refusal(token)
    narrow = {**_story(token), **_people(token, now), **_open(token, now)}
    found = read_together(**leaving, **refusal, **narrow)
    return Around(
        use=use_in(
            [each for each in found["usages"] if each.secret_id == token.secret_id],
            found["sightings"],
        ),
        leaving=Leaving(**{name: found[name] for name in leaving}),
        notices=found["notices"],
        entries=found["entries"],
        runs=found["runs"],
        exceptions=found["exceptions"],
        rotation=next(iter(found["rotations"]), None),
        approval=next(iter(found["approvals"]), None),
        snooze=next(iter(found["snoozes"]), None),
        readers=_known(token, found),
        trail=Trail(found["turned"], found["changed"]) if refusal else None,
    )


def _story(token: Token) -> dict[str, Ask]:
    seen = Sighting.objects.filter(usage__secret=token.secret_id)
    return {
        "sightings": Ask(seen.order_by("-last_seen_at", "-pk")),
        "notices": Ask(latest(token), ("mail",)),
        "entries": Ask(entries_of(token)),
        "runs": Ask(runs_of(token.secret_id)),
        "exceptions": Ask(all_of_token(token)),
    }


def _open(token: Token, now: datetime) -> dict[str, Ask]:
    rotations = Rotation.objects.filter(token=token, status__in=OPEN_ROTATION)
    return {
        "rotations": Ask(rotations),
        "approvals": Ask(for_token(token, now).order_by("pk")[:1], ("asked_with",)),
        "snoozes": Ask(snoozes_of(token)),
    }


def _people(token: Token, now: datetime) -> dict[str, Ask]:
    """Who answers for it, whom else its mails reach, and what these chose."""
    here = Membership.objects.filter(
        account=OuterRef("pk"), company=token.company_id, role=CompanyRole.ADMIN.value
    )
    above = Account.objects.filter(Q(role=Role.ADMINISTRATOR.value) | Exists(here), is_active=True)
    second = token.integration.second_contact
    own = [person.email.lower() for person in (token.owner, second) if person]
    read = Q(email__in=own) | Q(email__in=above.values("email"))
    chosen = MailPreference.objects.filter(read)
    return {
        "above": Ask(above, only=_TOLD),
        "own": Ask(Account.objects.filter(email__in=own), only=_TOLD),
        "chosen": Ask(chosen),
        "refused": Ask(RefusedAddress.objects.filter(read)),
        "sent": Ask(
            reminders_of_late(now).filter(recipient__in=chosen.values("email")),
            only=("recipient", "sent_at"),
        ),
    }


def _known(token: Token, found: dict[str, list[Any]]) -> Known:
    above: list[Account] = found["above"]
    whole = sorted(each.email.lower() for each in above if each.is_administrator)
    others = sorted(each.email.lower() for each in above if not each.is_administrator)
    zones = {each.email: each.time_zone for each in (*above, *found["own"])}
    return known([*whole, *others], found["chosen"], zones, found["refused"], found["sent"])
