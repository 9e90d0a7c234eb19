"""What everybody has to know before reading a page: work is behind, an incident, another host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from tokens.selectors.signals import SILENCE, Signals, signals
from tokens.selectors.words import ago, clock

_OUTBOX = ("/outbox/", "Open the outbox")
_WORK = {
    "beat": ("The clock is not running.", "Nothing is checked and no reminder leaves."),
    "sweep": ("Checks are behind.", "Health, use and proofs below may be out of date."),
}


@dataclass(frozen=True, slots=True)
class Banner:
    """`tone` is red (act), amber (soon) or blue; `href` and `action` lead on, or are empty."""

    tone: str
    title: str
    text: str
    href: str = ""
    action: str = ""


def banners(
    now: datetime, signs: Signals | None = None, *, whole: bool = True
) -> tuple[Banner, ...]:
    """All that stand at `now`, the gravest first; one cheap query, none over the inventory.

    `signs` saves that query where the caller has asked. `whole`: whether the reader
    sees the whole organisation; others are told of what they see themselves.
    """
    signs = signs or signals(now)
    found = [*_behind(signs, now), _incident(signs, now, whole), _other_host()]
    if whole:
        found += [_mail_behind(signs, now), _undeliverable(signs), _deadman(signs, now)]
    standing = [banner for banner in found if banner is not None]
    return tuple(sorted(standing, key=lambda banner: banner.tone != "red"))


def _behind(signs: Signals, now: datetime) -> list[Banner]:
    found = []
    for name, (title, consequence) in _WORK.items():
        at = signs.seen.get(name)
        # Before the first beat of a new instance there is nothing to be behind with.
        late = signs.late if at is None else now - at > SILENCE
        if late:
            last = "It has not run yet." if at is None else f"Last seen {ago(at, now)}."
            found.append(
                Banner("red", title, f"{last} {consequence} See that worker and beat run.")
            )
    # A silent beat explains a silent sweep.
    return found[:1]


def _mail_behind(signs: Signals, now: datetime) -> Banner | None:
    oldest = signs.queued_since
    if oldest is None or now - oldest <= SILENCE:
        return None
    what = "1 mail waits" if signs.queued == 1 else f"{signs.queued} mails wait"
    text = f"{what}, the oldest since {clock(oldest, now)}. See that the mail server answers."
    return Banner("red", "Mail is behind.", text, *_OUTBOX)


def _undeliverable(signs: Signals) -> Banner | None:
    addresses = signs.refused
    if not addresses:
        return None
    named = ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if addresses[3:] else "")
    text = f"The mail server refuses {named}: correct the address or choose another owner."
    link = ("/outbox/#undeliverable", "See what to do")
    return Banner("amber", "Reminders do not reach everybody.", text, *link)


def _deadman(signs: Signals, now: datetime) -> Banner | None:
    tried, reached = signs.seen.get("deadman_tried"), signs.seen.get("deadman")
    # Not tried lately: taken out of the settings, or the sweep is behind, which is told apart.
    if tried is None or now - tried > SILENCE or (reached and tried - reached <= SILENCE):
        return None
    last = f"Last reached {ago(reached, now)}." if reached else "It was never reached."
    text = f"{last} Look at DEADMAN_URL, at the service behind it and at the worker's log."
    return Banner("amber", "The dead-man’s switch does not answer.", text)


def _incident(signs: Signals, now: datetime, whole: bool) -> Banner | None:
    incident = signs.incident
    if incident is None:
        return None
    since = f"Since {clock(incident.begun_at, now)}, "
    consequence = "No refusal counts until this is over."
    title = "Coolset itself seems to be in trouble."
    if not whole:
        many = "many tokens that were well turned bad together. "
        return Banner("red", title, f"{since}{many}{consequence}")
    text = (
        f"{since}{incident.bad} of {incident.watched} tokens that were well turned bad together. "
        f"{consequence}"
    )
    link = (f"/incidents/{incident.id}/", "See what is held")
    return Banner("red", title, text, *link)


def _other_host() -> Banner | None:
    host = settings.COOLSET_ALLOW_HOST
    if not host:
        return None
    return Banner("red", f"Tokens may be sent to {host}.", "COOLSET_ALLOW_HOST allows it.")
