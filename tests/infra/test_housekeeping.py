"""What is let go hourly, and what is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.db import connection

from tests.factories import make_token
from tokens.models import (
    BrowserSession,
    Check,
    Mail,
    Notice,
    NoticeKind,
    Pulse,
    Revocation,
    Sighting,
    Tally,
    Usage,
)
from tokens.models.base import new_id
from tokens.policy.counted import Counted
from tokens.policy.vocabulary import Outcome
from tokens.services import housekeeping, letting_go

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _check(secret: Any, days: int) -> None:
    at = NOW - timedelta(days=days)
    Check.objects.create(secret=secret, outcome=Outcome.VALID.value, first_at=at, last_at=at)


@pytest.mark.django_db
def test_old_rows_go_and_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letting_go, "BATCH", 2)
    secret = make_token().secret
    for days in (401, 402, 403, 399, 0):
        _check(secret, days)
    BrowserSession.objects.create(session_key="a" * 32, expire_date=NOW - timedelta(seconds=1))
    BrowserSession.objects.create(session_key="b" * 32, expire_date=NOW + timedelta(seconds=1))
    for model in (AccessLog, AccessFailureLog):
        for days in (91, 89):
            model.objects.create(username="a@example.com", ip_address="192.0.2.1")
            newest = model.objects.latest("id")
            model.objects.filter(id=newest.id).update(attempt_time=NOW - timedelta(days=days))
    done = housekeeping.tidy(now=NOW)
    assert done == housekeeping.Tidied(checks=3, sessions=1, sign_ins=2)
    assert Check.objects.count() == 2
    assert BrowserSession.objects.get().session_key == "b" * 32
    assert housekeeping.tidy(now=NOW) == housekeeping.Tidied(0, 0, 0)
    counted = Tally.objects.filter(name=Counted.LET_GO.value)
    assert dict(counted.values_list("label", "count")) == {
        "checks": 3, "sessions": 1, "sign_ins": 2,
    }  # fmt: skip
    assert Pulse.objects.get(name="housekeeping").at == NOW


@pytest.mark.django_db
def test_a_run_that_goes_on_stays_however_long_ago_it_began() -> None:
    secret = make_token().secret
    began = NOW - timedelta(days=900)
    Check.objects.create(secret=secret, outcome="valid", first_at=began, last_at=NOW)
    assert housekeeping.tidy(now=NOW).checks == 0


@pytest.mark.django_db(transaction=True)
def test_killed_half_way_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letting_go, "BATCH", 2)
    secret = make_token().secret
    for days in range(401, 408):
        _check(secret, days)
    deletes = []

    def killed(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('DELETE FROM "tokens_check"'):
            deletes.append(sql)
            if len(deletes) == 2:
                raise KeyboardInterrupt
        return execute(sql, *rest)

    with connection.execute_wrapper(killed), pytest.raises(KeyboardInterrupt):
        housekeeping.tidy(now=NOW)
    assert Check.objects.count() == 5  # one batch went, and stays gone
    assert not Pulse.objects.filter(name="housekeeping").exists()
    assert housekeeping.tidy(now=NOW).checks == 5


@pytest.mark.django_db
def test_who_used_a_token_goes_after_its_time_and_the_use_itself_stays() -> None:
    usage = Usage.objects.create(secret=make_token().secret, source="report", last_seen_at=NOW)
    for days in (401, 399):
        at = NOW - timedelta(days=days)
        address = f"192.0.2.{days - 300}"
        Sighting.objects.create(usage=usage, address=address, first_seen_at=at, last_seen_at=at)
    assert housekeeping.tidy(now=NOW).sightings == 1
    assert Sighting.objects.get().address == "192.0.2.99"
    assert Usage.objects.count() == 1


OLD, YOUNG = NOW - timedelta(days=401), NOW - timedelta(days=399)


def _told(revoked_at: Any, at: Any, *, kind: str = "reminder", status: str = "sent") -> Notice:
    """A notice of a token that was revoked then (None: that is in force), in a mail of its own."""
    token = make_token(row={"state": "revoked"} if revoked_at else None)
    if revoked_at:
        Revocation.objects.create(
            secret=token.secret, token=token, reason="x", by="a@b.example", recorded_by="a",
            revoked_at=revoked_at, recorded_at=revoked_at,
        )  # fmt: skip
    sent_at = at if status == "sent" else None
    mail = Mail.objects.create(
        recipient="a@b.example", kind=kind, message_id=str(new_id()), status=status,
        created_at=at, sent_at=sent_at,
    )  # fmt: skip
    return Notice.objects.create(
        kind=kind, token=token, occasion="2025-01-01", recipient="a@b.example", mail=mail,
        status=status, created_at=at, sent_at=sent_at,
    )  # fmt: skip


@pytest.mark.django_db
def test_reminders_of_tokens_long_revoked_go_with_their_mails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(letting_go, "BATCH", 1)
    gone = [
        _told(OLD, OLD),
        _told(OLD, OLD, kind="not_revoked"),
        _told(OLD, OLD, status="cancelled"),
        _told(OLD, OLD, kind="failing"),
        _told(OLD, OLD, kind="compromised"),
    ]
    stays = [
        _told(None, OLD),  # in force: it is why nobody is told again
        _told(YOUNG, OLD),
        _told(OLD, YOUNG),
        _told(OLD, OLD, kind="contradicted"),
        _told(OLD, OLD, kind="unreadable"),
        _told(None, OLD, kind="failing"),
        _told(OLD, OLD, status="queued"),
    ]
    done = housekeeping.tidy(now=NOW)
    assert (done.reminders, done.mails) == (5, 5)
    assert set(Notice.objects.values_list("pk", flat=True)) == {each.pk for each in stays}
    assert set(Mail.objects.values_list("pk", flat=True)) == {each.mail_id for each in stays}
    assert len(gone) == 5
    assert housekeeping.tidy(now=NOW).mails == 0


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_what_was_told_of_no_token_goes_where_it_cannot_come_back(kind: NoticeKind) -> None:
    notice = _told(None, OLD, kind=kind.value)
    Notice.objects.filter(pk=notice.pk).update(token=None)
    goes = kind.value not in housekeeping.MAY_STILL_STAND
    assert housekeeping.tidy(now=NOW).reminders == int(goes)
    assert Mail.objects.count() == int(not goes)


def test_a_new_kind_of_notice_wants_to_be_thought_about() -> None:
    """Does anything decide on it again, later than REMINDERS_KEPT? Then it stays."""
    known = "api_key approval behind channel compromised contradicted exception failing incident "
    known += "leaver not_revoked reminder review undelivered unreadable"
    assert sorted(kind.value for kind in NoticeKind) == known.split()


@pytest.mark.django_db
def test_a_mail_stays_as_long_as_one_of_its_reminders() -> None:
    first, second = _told(OLD, OLD), _told(None, OLD)
    Notice.objects.filter(pk=second.pk).update(mail=first.mail)
    second.mail.delete()
    done = housekeeping.tidy(now=NOW)
    assert (done.reminders, done.mails) == (1, 0)
    assert Mail.objects.get().pk == first.mail_id


def test_the_table_of_what_is_kept_says_what_is_so() -> None:
    from tests.docs.pages import table_after, text
    from tokens.policy.sightings import KEPT_DAYS

    said = {row[0]: row[1] for row in table_after(text("docs/operations.md"), "## What is kept")}
    for what, days in {
        "runs of checks": housekeeping.CHECKS_KEPT.days,
        "messages to channels": housekeeping.DELIVERIES_KEPT.days,
        "records of sign-in attempts": housekeeping.SIGN_INS_KEPT.days,
        "reminders and alerts of revoked tokens, and their mails": housekeeping.REMINDERS_KEPT.days,
        "alerts about no token, and their mails": housekeeping.REMINDERS_KEPT.days,
        "who used a token (address, program)": KEPT_DAYS,
    }.items():
        assert said[what].startswith(f"{days} days"), what
