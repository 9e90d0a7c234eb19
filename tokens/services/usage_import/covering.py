"""What somebody says that a log holds every call of: only then is silence in it silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokens.errors import InvalidInput
from tokens.models import Integration
from tokens.policy.logs import Cover
from tokens.services.usage_import.reading import AHEAD


@dataclass(frozen=True, slots=True)
class Covered:
    """That the logs hold every call of some integrations (`everything`: of all of them), so that
    a token's absence from them is silence."""

    since: datetime
    until: datetime
    integrations: tuple[str, ...] = ()
    everything: bool = False


def named(covered: Covered | None) -> list[str]:
    """Whose calls, for the audit trail."""
    if covered is None:
        return []
    return ["all"] if covered.everything else list(covered.integrations)


def cover_of(covered: Covered | None, now: datetime) -> Cover | None:
    """The time of it, up to `now`. Raises InvalidInput (fields `covers` and `of`)."""
    if covered is None:
        return None
    if covered.since.tzinfo is None or covered.until.tzinfo is None:
        raise InvalidInput("needs a time zone", field="covers")
    if covered.until > now + AHEAD:
        raise InvalidInput("lies in the future", field="covers")
    if covered.since >= covered.until:
        raise InvalidInput("ends before it begins", field="covers")
    if covered.everything == bool(covered.integrations):
        reason = "say whose calls the logs hold: integrations by name, or all, not both"
        raise InvalidInput(reason, field="of")
    return Cover(covered.since, min(covered.until, now))


def integrations_of(covered: Covered | None) -> list[Integration] | None:
    """The integrations named; None for all. Raises InvalidInput (field `of`)."""
    if covered is None or covered.everything:
        return None
    found = list(Integration.objects.filter(name__in=covered.integrations))
    missing = len(set(covered.integrations)) - len(found)
    if missing:
        raise InvalidInput("names an integration that is not there", field="of")
    return found
