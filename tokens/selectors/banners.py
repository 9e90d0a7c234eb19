"""What everybody has to know before reading a page: work is behind, an incident, another host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from tokens.models import Incident, Mail, MailStatus, Pulse, Secret
from tokens.selectors.words import ago, clock

#: Sweep and beat do something every minute; ten minutes of silence are no hiccup.
SILENCE = timedelta(minutes=10)
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


def banners(now: datetime) -> tuple[Banner, ...]:
    """All that stand at `now`, the gravest first; five cheap queries, none over the inventory."""
    found = [*_behind(now), _mail_behind(now), _undeliverable(now), _incident(now), _other_host()]
    standing = [banner for banner in found if banner is not None]
    return tuple(sorted(standing, key=lambda banner: banner.tone != "red"))


def _behind(now: datetime) -> list[Banner]:
    seen = dict(Pulse.objects.filter(name__in=_WORK).values_list("name", "at"))
    waiting = Secret.objects.filter(next_check_at__lt=now - SILENCE).exists()
    found = []
    for name, (title, consequence) in _WORK.items():
        at = seen.get(name)
        # Before the first beat of a new instance there is nothing to be behind with.
        late = waiting if at is None else now - at > SILENCE
        if late:
            last = "It has not run yet." if at is None else f"Last seen {ago(at, now)}."
            found.append(
                Banner("red", title, f"{last} {consequence} See that worker and beat run.")
            )
    # A silent beat explains a silent sweep.
    return found[:1]


def _mail_behind(now: datetime) -> Banner | None:
    queued = Mail.objects.filter(status=MailStatus.QUEUED.value)
    oldest = queued.order_by("created_at").values_list("created_at", flat=True).first()
    if oldest is None or now - oldest <= SILENCE:
        return None
    count = queued.count()
    what = "1 mail waits" if count == 1 else f"{count} mails wait"
    text = f"{what}, the oldest since {clock(oldest, now)}. See that the mail server answers."
    return Banner("red", "Mail is behind.", text, *_OUTBOX)


def _undeliverable(now: datetime) -> Banner | None:
    refused = Mail.objects.filter(
        status=MailStatus.REFUSED.value, created_at__gte=now - timedelta(days=30)
    )
    addresses = sorted(set(refused.values_list("recipient", flat=True)[:200]))
    if not addresses:
        return None
    named = ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if addresses[3:] else "")
    text = f"The mail server refused {named} in the last 30 days: choose another owner."
    return Banner("amber", "Reminders do not reach everybody.", text, *_OUTBOX)


def _incident(now: datetime) -> Banner | None:
    incident = Incident.objects.filter(ended_at__isnull=True).first()
    if incident is None:
        return None
    text = (
        f"Since {clock(incident.begun_at, now)}, {incident.bad} of {incident.watched} tokens that "
        "were well turned bad together. No refusal counts until this is over."
    )
    link = (f"/incidents/{incident.pk}/", "See what is held")
    return Banner("red", "Coolset itself seems to be in trouble.", text, *link)


def _other_host() -> Banner | None:
    host = settings.COOLSET_ALLOW_HOST
    if not host:
        return None
    return Banner("red", f"Tokens may be sent to {host}.", "COOLSET_ALLOW_HOST allows it.")
