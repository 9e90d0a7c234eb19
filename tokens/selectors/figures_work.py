"""The product's own work in figures: what waits, for how long, and what was done.

A dozen narrow queries, each with an index behind it, none over all tokens.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, Min, Q

from tokens.audit import Event, head
from tokens.models import (
    ApiKey,
    AuditEvent,
    Channel,
    Delivery,
    DeliveryStatus,
    Incident,
    Mail,
    MailStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    Pulse,
    Secret,
    Tally,
    Token,
    UsageKey,
)
from tokens.notifications.outbox import waiting_mails
from tokens.policy.counted import Counted
from tokens.policy.vocabulary import State
from tokens.selectors.figures import Figure, one

#: Names of pulses that are moments of something done well.
DONE = (
    "beat",
    "sweep",
    "remind",
    "watch",
    "checkpoint",
    "audit_verified",
    "deadman",
    "housekeeping",
)
REMINDERS = (NoticeKind.REMINDER.value, NoticeKind.NOT_REVOKED.value)
#: What is told of the audit trail, by its label.
SIGN_INS = {
    Event.ACCOUNT_SIGNED_IN.value: "signed_in",
    Event.ACCOUNT_SIGN_IN_FAILED.value: "failed",
    Event.ACCESS_DENIED.value: "denied",
}
_COUNTERS = {
    Counted.CHECKED: ("coolset_checks", "Checks recorded, by outcome.", "outcome"),
    Counted.NOT_RECORDED: ("coolset_checks_not_recorded", "Answers that failed to be recorded.",
                           ""),
    Counted.SWEEPS: ("coolset_sweeps", "Sweeps, by how they ended.", "end"),
    Counted.SWEEP_MILLISECONDS: ("coolset_sweep_milliseconds", "Time spent sweeping.", ""),
    Counted.TASKS_DONE: ("coolset_tasks_done", "Tasks that ended well.", "task"),
    Counted.TASKS_FAILED: ("coolset_tasks_failed", "Tasks that ended with an error.", "task"),
    Counted.LET_GO: ("coolset_rows_let_go", "Rows deleted since their time was up.", "what"),
}  # fmt: skip


def work_figures(now: datetime) -> list[Figure]:
    """What waits and what was done, as the database knows it."""
    return [
        *_pulses(),
        *_checks(now),
        *_mails(now),
        *_reminders(now),
        *_channels(now),
        *_trail(),
        *_incident(),
        *_keys(now),
        *_tallies(),
        _size(),
    ]


def _pulses() -> list[Figure]:
    rows = Pulse.objects.filter(name__in=DONE).order_by("name").values_list("name", "at")
    samples = tuple(((name,), at.timestamp()) for name, at in rows)
    text = "When this was last done well, in seconds since 1970."
    return [Figure("coolset_last_done_timestamp_seconds", text, samples, ("work",))]


def _checks(now: datetime) -> list[Figure]:
    lapsed = Q(claim__isnull=False, claimed_until__lte=now)
    found = Secret.objects.filter(next_check_at__lte=now).aggregate(
        due=Count("pk"),
        oldest=Min("next_check_at"),
        held=Count("pk", filter=Q(claim__isnull=False, claimed_until__gt=now)),
        lapsed=Count("pk", filter=lapsed),
    )
    return [
        one("coolset_checks_due", "Values whose check is due.", found["due"]),
        one("coolset_checks_claimed", "Of these, in a worker's hands.", found["held"]),
        one("coolset_checks_lapsed", "Of these, left by a worker that is gone.", found["lapsed"]),
        one("coolset_oldest_due_check_seconds", "How long the longest due check waits.",
            _age(found["oldest"], now)),
    ]  # fmt: skip


def _mails(now: datetime) -> list[Figure]:
    found = waiting_mails(now).aggregate(number=Count("pk"), oldest=Min("waits_since"))
    refused = Mail.objects.filter(status=MailStatus.REFUSED.value).count()
    return [
        one("coolset_mails_waiting", "Mails that could have gone out.", found["number"]),
        one("coolset_oldest_waiting_mail_seconds", "How long the longest of them waits.",
            _age(found["oldest"], now)),
        one("coolset_mails_refused", "Mails whose address the server refuses.", refused),
    ]  # fmt: skip


def _reminders(now: datetime) -> list[Figure]:
    queued = Notice.objects.filter(kind__in=REMINDERS, status=NoticeStatus.QUEUED.value)
    free = queued.filter(Q(mail__held_until__isnull=True) | Q(mail__held_until__lte=now))
    looked_at = Token.objects.filter(
        state__in=(State.ACTIVE.value, State.REPLACED.value), remind_at__lte=now
    )
    return [
        one("coolset_reminders_unsent", "Reminders queued and not held back.", free.count()),
        one("coolset_reminders_unplanned",
            "Tokens whose next reminder has come and was not planned yet.", looked_at.count()),
    ]  # fmt: skip


def _channels(now: datetime) -> list[Figure]:
    found = Channel.objects.aggregate(
        in_use=Count("pk", filter=Q(active=True)),
        failing=Count("pk", filter=Q(active=True, failing_since__isnull=False)),
        stopped=Count("pk", filter=Q(stopped_at__isnull=False)),
    )
    waiting = Delivery.objects.filter(status=DeliveryStatus.QUEUED.value)
    queued = waiting.aggregate(number=Count("pk"), oldest=Min("created_at"))
    samples = tuple(((word,), float(number)) for word, number in found.items())
    return [
        Figure("coolset_channels", "Channels and webhooks by standing.", samples, ("standing",)),
        one("coolset_deliveries_waiting", "Messages that channels wait for.", queued["number"]),
        one("coolset_oldest_waiting_delivery_seconds", "How long the longest of them waits.",
            _age(queued["oldest"], now)),
    ]  # fmt: skip


def _trail() -> list[Figure]:
    top = head()
    counted = AuditEvent.objects.filter(kind__in=SIGN_INS).order_by().values_list("kind")
    numbers = dict(counted.annotate(number=Count("pk")))
    samples = tuple(((word,), float(numbers.get(kind, 0))) for kind, word in SIGN_INS.items())
    return [
        one("coolset_audit_entries", "Number of the last entry of the audit trail.",
            top[0] if top else None),
        Figure("coolset_sign_ins", "Sign-ins and refused attempts in the audit trail.", samples,
               ("result",), counter=True),
    ]  # fmt: skip


def _incident() -> list[Figure]:
    held = Incident.objects.filter(ended_at__isnull=True).values_list("begun_at", flat=True).first()
    return [
        one("coolset_incident_held", "1 while refusals are held as an incident of Coolset.",
            float(held is not None)),
        one("coolset_incident_begun_timestamp_seconds", "When the one that is held began.",
            held.timestamp() if held else None),
    ]  # fmt: skip


def _keys(now: datetime) -> list[Figure]:
    api = ApiKey.objects.filter(revoked_at__isnull=True, expires_at__gt=now)
    usage = UsageKey.objects.filter(revoked_at__isnull=True)
    samples = ((("api",), float(api.count())), (("usage",), float(usage.count())))
    return [Figure("coolset_keys_in_use", "Our own keys that open something.", samples, ("kind",))]


def _tallies() -> list[Figure]:
    rows = list(Tally.objects.order_by("name", "label").values_list("name", "label", "count"))
    found = []
    for counted, (name, text, label) in _COUNTERS.items():
        mine = [(word, count) for kind, word, count in rows if kind == counted.value]
        samples = tuple(((word,) if label else (), float(count)) for word, count in mine)
        found.append(Figure(name, text, samples, (label,) if label else (), counter=True))
    return found


def _size() -> Figure:
    """Of the whole database, in bytes."""
    asked = {
        "postgresql": "SELECT pg_database_size(current_database())",
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return one("coolset_database_bytes", "Size of the database.", cursor.fetchone()[0])


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds; 0 where nothing waits, so that an alert ends."""
    return max(0.0, (now - since).total_seconds()) if since else 0.0
