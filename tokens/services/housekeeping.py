"""Hourly: let go of what nobody needs any more, so that an instance does not grow for ever."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Exists, OuterRef, Q, QuerySet

from tokens.models import (
    BrowserSession,
    Check,
    Delivery,
    DeliveryStatus,
    FirstAnswer,
    Mail,
    MailStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    Sighting,
)
from tokens.policy.counted import Counted
from tokens.policy.idempotency import KEPT
from tokens.policy.sightings import KEPT_DAYS
from tokens.policy.vocabulary import State
from tokens.services.letting_go import let_go, let_go_in_order
from tokens.services.pulse import beat
from tokens.services.tally import tally

# A little more than a year: the story of a token's last four rotations stays readable. Proofs of
# revocation and the audit trail are kept for good and are not touched here.
CHECKS_KEPT = timedelta(days=400)
DELIVERIES_KEPT = timedelta(days=120)
SIGN_INS_KEPT = timedelta(days=90)
#: Of what a revoked token's people were told, which is never decided on again, and of its mails.
REMINDERS_KEPT = timedelta(days=400)
#: Kinds that stay: a revocation that is contradicted, a value that cannot be opened and an open
#: review may still stand, and would be told anew. All others are of what ends with its token, or
#: of one event that does not come back.
MAY_STILL_STAND = (
    NoticeKind.CONTRADICTED.value,
    NoticeKind.UNREADABLE.value,
    NoticeKind.REVIEW.value,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many rows went."""

    checks: int
    sessions: int
    sign_ins: int
    sightings: int = 0
    reminders: int = 0
    mails: int = 0
    deliveries: int = 0
    first_answers: int = 0


def tidy(*, now: datetime) -> Tidied:
    """Delete old runs of checks, ended sessions, old records of sign-ins, what was told of tokens
    that are long revoked and of what is long over, with the mails, and who used a token once they
    were not seen for `KEPT_DAYS`: addresses are personal data.

    In small transactions, one batch each, so that the sweep never waits long for it; killed
    half-way it goes on an hour later. What went is counted for /metrics, and that it came to its
    end is noted as the pulse `housekeeping`.
    """
    settled = Delivery.objects.exclude(status=DeliveryStatus.QUEUED.value)
    old = now - CHECKS_KEPT
    told = now - REMINDERS_KEPT
    done = Tidied(
        deliveries=let_go(settled, "created_at", now - DELIVERIES_KEPT),
        first_answers=let_go(FirstAnswer.objects.all(), "created_at", now - KEPT),
        reminders=let_go(_notices(told), "created_at", told),  # first: a mail goes after its last
        mails=let_go(_mails(), "created_at", told),
        # Walked by their beginning, which no sweep writes: an index on their end would cost each.
        checks=let_go(Check.objects.filter(last_at__lt=old), "first_at", old),
        sessions=let_go(BrowserSession.objects.all(), "expire_date", now),
        sign_ins=_sign_ins(now - SIGN_INS_KEPT),
        sightings=let_go(Sighting.objects.all(), "last_seen_at", now - timedelta(days=KEPT_DAYS)),
    )
    went = {what: number for what, number in asdict(done).items() if number}
    tally(Counted.LET_GO, went, now=now)
    beat("housekeeping", now=now)
    log.info("housekeeping.done", **went)
    return done


# Words are excluded here, not listed: SQLite would else walk the index on the words, and sort.


def _notices(before: datetime) -> QuerySet[Notice]:
    """Settled ones of tokens whose revocation was recorded before then, and of no token at all.
    Those of a token in force stay however old they are: they are why it is not told again."""
    over = Q(token__isnull=True) | Q(
        token__state=State.REVOKED.value, token__secret__revocation__recorded_at__lt=before
    )
    settled = Notice.objects.exclude(status=NoticeStatus.QUEUED.value)
    return settled.exclude(kind__in=MAY_STILL_STAND).filter(over)


def _mails() -> QuerySet[Mail]:
    """Settled ones that no notice needs any more."""
    unsent = (MailStatus.QUEUED.value, MailStatus.REFUSED.value)
    settled = Mail.objects.exclude(status__in=unsent)
    return settled.filter(~Exists(Notice.objects.filter(mail=OuterRef("pk"))))


def _sign_ins(before: datetime) -> int:
    """Of django-axes, whose tables have no index on the moment. Its log is numbered in the order of
    time, so it is walked by number; attempts that count no longer it deletes itself at each
    sign-in, so few are left to look at."""
    return (
        let_go(AccessAttempt.objects.all(), "attempt_time", before)
        + let_go_in_order(AccessLog, "attempt_time", before)
        + let_go_in_order(AccessFailureLog, "attempt_time", before)
    )
