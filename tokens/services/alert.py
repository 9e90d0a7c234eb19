"""Alerts: what cannot wait for a reminder is queued at once, in the transaction that found it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tokens.models import Incident, Mail, MailStatus, Notice, NoticeKind, NoticeStatus, Token
from tokens.notifications.audience import audience
from tokens.notifications.outbox import ALERTS, new_mail
from tokens.notifications.overseers import Overseers, overseers
from tokens.notifications.planning import About, put_on
from tokens.notifications.troubles import SEVERITY, Work, behind_occasion, occasion, trouble
from tokens.policy.vocabulary import State
from tokens.services.chunks import chunks

#: How long an alert of a sweep that died waits for the rest of it.
HOLD = timedelta(minutes=2)

_TROUBLES = ("secret", "secret__revocation", "secret__compromise")

_Queue = dict[str, dict[NoticeKind, list[About]]]


def queue_alerts(
    *,
    compromised: Sequence[UUID] = (),
    failing: Sequence[UUID] = (),
    contradicted: Sequence[UUID] = (),
    unreadable: Sequence[UUID] = (),
    incident: Incident | None = None,
    behind: Mapping[Work, datetime] | None = None,
    hold: bool = False,
    now: datetime,
) -> int:
    """Queue what a sweep found out, on one mail per recipient; returns how many alerts.

    `hold`: the sweep goes on, so its mails wait for more until `release_alerts` (or, should the
    sweep die, for `HOLD`).

    contradicted: ids of revocations; the others: ids of secrets. Call it once per sweep, inside
    the transaction that records the sweep and after the facts are written: what the database does
    not (or no longer) say is not alerted, what was told is not repeated.
    """
    told = overseers()
    queue: _Queue = defaultdict(lambda: defaultdict(list))
    in_force = Token.objects.exclude(state=State.REVOKED.value)
    _gather(queue, NoticeKind.COMPROMISED, in_force, "secret", compromised, told)
    active = Token.objects.filter(state=State.ACTIVE.value)
    _gather(queue, NoticeKind.FAILING, active, "secret", failing, told)
    revoked = Token.objects.filter(state=State.REVOKED.value)
    of_revocation = "secret__revocation"
    _gather(queue, NoticeKind.CONTRADICTED, revoked, of_revocation, contradicted, told)
    _gather(queue, NoticeKind.UNREADABLE, Token.objects.all(), "secret", unreadable, told)
    if incident is not None:
        about = (None, occasion(incident.begun_at), 0)
        _add(queue, NoticeKind.INCIDENT, about, told.everywhere)
    for work, since in (behind or {}).items():
        about = (None, behind_occasion(work, since), 0)
        _add(queue, NoticeKind.BEHIND, about, told.everywhere)
    _forget_told(queue)
    return sum(_write(address, kinds, now, hold=hold) for address, kinds in sorted(queue.items()))


def release_alerts(*, now: datetime) -> None:
    """The sweep is over: what it held back may go out now, one mail per recipient."""
    held = Mail.objects.filter(status=MailStatus.QUEUED.value, attempts=0, next_attempt_at__gt=now)
    held.filter(kind__in=[kind.value for kind in ALERTS]).update(next_attempt_at=now)


def _gather(
    queue: _Queue,
    kind: NoticeKind,
    tokens: QuerySet[Token],
    column: str,
    ids: Sequence[UUID],
    told: Overseers,
) -> None:
    for portion in chunks(ids):
        found = tokens.filter(**{f"{column}__in": portion}).order_by("pk")
        for token in found.select_related("owner", *_TROUBLES):
            since = trouble(kind, token)
            if since is not None:
                readers = audience(kind, token, told.of(token.company_id))
                _add(queue, kind, (token.pk, since, 0), readers)


def _add(queue: _Queue, kind: NoticeKind, about: About, addresses: Iterable[str]) -> None:
    for address in addresses:
        queue[address][kind].append(about)


def _forget_told(queue: _Queue) -> None:
    for address, kinds in queue.items():
        for kind, abouts in kinds.items():
            live = Notice.objects.filter(kind=kind.value, recipient=address)
            live = live.exclude(status=NoticeStatus.CANCELLED.value)
            known: set[About] = set()
            for portion in chunks(abouts):
                occasions = {about[1] for about in portion}
                rows = live.filter(occasion__in=occasions).only("token_id", "occasion", "threshold")
                known.update((row.token_id, row.occasion, row.threshold) for row in rows)
            kinds[kind] = [about for about in abouts if about not in known]


def _write(address: str, kinds: dict[NoticeKind, list[About]], now: datetime, *, hold: bool) -> int:
    told = [kind for kind in SEVERITY if kinds.get(kind)]
    if not told:
        return 0
    mail = (_held(address, now) if hold else None) or new_mail(address, told[0], now=now)
    mail.kind = min(NoticeKind(mail.kind), told[0], key=SEVERITY.index).value
    mail.next_attempt_at = now + HOLD if hold else None
    mail.save()
    return sum(put_on(mail, kind, kinds[kind], now=now) for kind in told)


def _held(address: str, now: datetime) -> Mail | None:
    """The mail of the sweep under way, which nobody has begun to send."""
    waiting = Mail.objects.select_for_update().filter(
        recipient=address, status=MailStatus.QUEUED.value, attempts=0, next_attempt_at__gt=now
    )
    return waiting.filter(kind__in=[kind.value for kind in ALERTS]).first()
