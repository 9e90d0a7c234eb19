"""Two years of rows go by: what is kept stays as much as the rule says, and the file as big."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessLog
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from tests.factories import make_token
from tokens.models import (
    BrowserSession,
    Channel,
    Check,
    Delivery,
    FirstAnswer,
    Mail,
    Notice,
    Revocation,
    Sighting,
    Usage,
)
from tokens.models.base import new_id
from tokens.policy.idempotency import KEPT
from tokens.policy.sightings import KEPT_DAYS
from tokens.services import housekeeping

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 24, 9, tzinfo=UTC)
STEP = timedelta(days=5)
#: Rows of each kind in one step, the worker once in it; a year after the longest rule is full.
ROWS = 20
FULL, END = 400, 400 + 365


def _mails(at: datetime, token: Any) -> tuple[list[Any], list[Any]]:
    """Reminders of a token long revoked, and alerts of none, each in a mail of its own."""
    mails = [
        Mail(recipient="a@b.example", kind="reminder", message_id=str(new_id()), status="sent",
             created_at=at, sent_at=at)
        for _ in range(ROWS)
    ]  # fmt: skip
    notices = [
        Notice(kind="reminder" if number % 2 else "behind", token=token if number % 2 else None,
               occasion=f"{at.date()} {number}", recipient="a@b.example", mail=mail, status="sent",
               created_at=at, sent_at=at)
        for number, mail in enumerate(mails)
    ]  # fmt: skip
    return mails, notices


@pytest.fixture
def live() -> Callable[[datetime], None]:
    """Lets one step's rows of every table with a rule come in at a moment."""
    token = make_token(row={"state": "revoked"})
    secret, long_ago = token.secret, BEGIN - timedelta(days=1000)
    Revocation.objects.create(
        secret=secret, token=token, reason="x", by="a@b.example", recorded_by="a",
        revoked_at=long_ago, recorded_at=long_ago,
    )  # fmt: skip
    usage = Usage.objects.create(secret=secret, source="report", last_seen_at=BEGIN)
    channel = Channel.objects.create(way="webhook", name="x", shown="x", created_at=BEGIN,
                                     created_by="a@b.example")  # fmt: skip

    def add(at: datetime) -> None:
        mails, notices = _mails(at, token)
        key = at.isoformat()
        each = range(ROWS)
        made: list[list[Any]] = [
            mails,
            notices,
            [Check(secret=secret, outcome="valid", first_at=at, last_at=at) for _ in each],
            [
                Delivery(channel=channel, told_as=f"{key} {n}", kind="test", topic="x",
                         status="sent", created_at=at, begun_at=at, sent_at=at)
                for n in each
            ],
            [
                Sighting(usage=usage, address=f"{key} {n}", first_seen_at=at, last_seen_at=at)
                for n in each
            ],
            [
                FirstAnswer(caller=f"{n}", key_digest=new_id().bytes, body_digest=b"",
                            created_at=at)
                for n in each
            ],
            [BrowserSession(session_key=f"{key} {n}", expire_date=at + STEP) for n in each],
            [AccessLog(username=f"{n}", attempt_time=at) for n in each],
        ]  # fmt: skip
        for rows in made:
            type(rows[0])._default_manager.bulk_create(rows)
        # Its own moment is the real one; every row's number is higher than those before.
        newest = AccessLog.objects.order_by("-pk").values("pk")[:ROWS]
        AccessLog.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(
            attempt_time=at
        )

    return add


KEPT_FOR: dict[type[models.Model], timedelta] = {
    Check: housekeeping.CHECKS_KEPT,
    Notice: housekeeping.REMINDERS_KEPT,
    Mail: housekeeping.REMINDERS_KEPT,
    Delivery: housekeeping.DELIVERIES_KEPT,
    Sighting: timedelta(days=KEPT_DAYS),
    FirstAnswer: KEPT,
    BrowserSession: STEP,
    AccessLog: housekeeping.SIGN_INS_KEPT,
}


def _days() -> Iterator[datetime]:
    for number in range(0, END, STEP.days):
        yield BEGIN + timedelta(days=number)


def _size() -> int:
    """Bytes of the database, what is free in it included: SQLite's file, PostgreSQL's tables.

    PostgreSQL uses room again once it is vacuumed, which no test's transaction lets happen: there
    the rows are what is looked at.
    """
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def test_rows_and_bytes_are_held(live: Callable[[datetime], None]) -> None:
    full = 0
    for now in _days():
        live(now)
        housekeeping.tidy(now=now)
        for model, kept in KEPT_FOR.items():
            most = ROWS * (kept // STEP + 1)
            assert model._default_manager.count() <= most, model
        if full == 0 and now >= BEGIN + timedelta(days=FULL):
            full = _size()
    for model, kept in KEPT_FOR.items():  # and no more went than had to
        assert model._default_manager.count() >= ROWS * (kept // STEP), model
    assert _size() <= full * 1.05


INDEXES = {
    "check_began", "notice_created", "mail_created", "delivery_created", "sighting_last_seen",
    "tokens_firstanswer_created_at", "tokens_browsersession_expire_date", "axes_accesslog",
}  # fmt: skip


def test_each_rule_walks_an_index_from_its_oldest_row() -> None:
    with CaptureQueriesContext(connection) as seen:
        housekeeping.tidy(now=BEGIN)
    asked = [each["sql"] for each in seen if "LIMIT 1000" in each["sql"]]
    assert len(asked) == len(KEPT_FOR) + 2
    plans = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads an empty table otherwise
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        for sql in asked:
            word = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
            cursor.execute(f"{word} {sql}")
            plans.append(" ".join(str(row) for row in cursor.fetchall()))
    # Of attempts that still count django-axes keeps few, and deletes them itself.
    plans = [plan for plan in plans if "axes_accessattempt" not in plan]
    for plan in plans:
        assert "Sort" not in plan
        assert "ORDER BY" not in plan, plan
    assert {index for index in INDEXES if any(index in plan for plan in plans)} == INDEXES
