"""What readers prefer, for the rules: looked up by address, in one or two queries."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import CharField, IntegerField, Max, QuerySet, Value

from tokens.models import (
    Account,
    Mail,
    MailPreference,
    MailStatus,
    NoticeKind,
    RefusedAddress,
)
from tokens.notifications.problems import PROBLEMS
from tokens.policy.preferences import Preference

_ONE = Value(1, output_field=IntegerField())
#: A digest comes once on its day; in every zone that day lies within so many hours.
_LOOK_BACK = timedelta(hours=50)


@dataclass(frozen=True, slots=True)
class Known:
    """Who is told of one token, read beforehand: `overseers` of its company; what its readers
    `chose`, why the mail server `refuses` which of them, when each was last `sent` a reminder."""

    overseers: tuple[str, ...]
    chosen: Mapping[str, Preference]
    refused: Mapping[str, str]
    sent: Mapping[str, datetime]


def known(
    overseers: Iterable[str],
    chosen: Iterable[MailPreference],
    zones: Mapping[str, str],
    refused: Iterable[RefusedAddress],
    sent: Iterable[Mail],
) -> Known:
    """The same out of rows; `zones`: of accounts, by address; `sent`: of `reminders_of_late`."""
    latest: dict[str, datetime] = {}
    for mail in sent:
        if mail.sent_at is not None:
            latest[mail.recipient] = max(mail.sent_at, latest.get(mail.recipient, mail.sent_at))
    return Known(
        overseers=tuple(overseers),
        chosen={row.email: row.preference(zones.get(row.email, "")) for row in chosen},
        refused={row.email: PROBLEMS.get(row.problem, row.problem) for row in refused},
        sent=latest,
    )


def preferences(addresses: Collection[str] | None = None) -> dict[str, Preference]:
    """What these addresses (or all) chose, by address; who chose nothing is not in it."""
    rows = MailPreference.objects.all()
    if addresses is not None:
        rows = rows.filter(email__in=list(addresses))
    return _by_address(list(rows))


def marks(addresses: Collection[str]) -> tuple[dict[str, Preference], dict[str, str]]:
    """What these addresses chose, and why the mail server refuses which of them; in one query."""
    asked, none = list(addresses), Value(0, output_field=IntegerField())
    refused = RefusedAddress.objects.filter(email__in=asked).order_by()
    chosen = MailPreference.objects.filter(email__in=asked).order_by()
    empty = Value("", output_field=CharField())
    rows = refused.values_list("email", "problem", none, none, empty, none).union(
        chosen.values_list("email", "digest", "weekday", "quiet_days", "time_zone", _ONE), all=True
    )
    found = list(rows)
    prefer = [
        MailPreference(email=email, digest=word, weekday=day, quiet_days=quiet, time_zone=zone)
        for email, word, day, quiet, zone, is_preference in found
        if is_preference
    ]
    problems = {row[0]: PROBLEMS.get(row[1], row[1]) for row in found if not row[5]}
    return _by_address(prefer), problems


def _by_address(chosen: list[MailPreference]) -> dict[str, Preference]:
    zones = _zones_of([row.email for row in chosen if not row.time_zone])
    return {row.email: row.preference(zones.get(row.email, "")) for row in chosen}


def _zones_of(addresses: list[str]) -> dict[str, str]:
    if not addresses:
        return {}
    found = Account.objects.filter(email__in=addresses)
    return dict(found.values_list("email", "time_zone"))


def last_sent(addresses: Collection[str], *, now: datetime) -> dict[str, datetime]:
    """When each address was last sent a reminder, as far as that matters for today's digest."""
    if not addresses:
        return {}
    found = reminders_of_late(now).filter(recipient__in=list(addresses))
    return dict(found.order_by().values_list("recipient").annotate(at=Max("sent_at")))


def reminders_of_late(now: datetime) -> QuerySet[Mail]:
    """Reminders that were sent so lately that they may count for today's digest."""
    return Mail.objects.filter(
        kind=NoticeKind.REMINDER.value,
        status=MailStatus.SENT.value,
        sent_at__gte=now - _LOOK_BACK,
    )
