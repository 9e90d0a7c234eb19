"""Keys of scripts: made, found, ended, and their end told."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ACTOR, make_account
from tokens.audit import Event
from tokens.errors import AlreadyKnown, InvalidInput, WrongState
from tokens.models import ApiKey, AuditEvent, Mail, Notice
from tokens.policy.roles import Permission
from tokens.policy.vocabulary import Role
from tokens.services.api_keys import authenticate_api_key, create_api_key, revoke_api_key
from tokens.services.deliver import deliver_alerts
from tokens.services.remind_keys import remind_keys

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def made(name: str = "nightly export", days: int = 90) -> tuple[ApiKey, str]:
    return create_api_key(
        name=name, permissions=[Permission.EXPORT], days=days, actor=ACTOR, now=NOW
    )


def test_its_text_is_stored_nowhere() -> None:
    key, plain = made()
    assert plain.startswith("ctgk_")
    assert len(plain) == 48
    row = repr(list(ApiKey.objects.values_list())) + repr(list(AuditEvent.objects.values_list()))
    assert plain not in row
    assert plain[5:-4] not in row
    assert key.permissions == ["export", "view"]
    assert AuditEvent.objects.get().kind == Event.API_KEY_CREATED


def test_it_opens_until_its_end_and_not_a_second_longer() -> None:
    key, plain = made(days=1)
    last = NOW + DAY - timedelta(seconds=1)
    assert authenticate_api_key(plain=plain, now=last) == key
    assert authenticate_api_key(plain=plain, now=NOW + DAY) is None
    assert authenticate_api_key(plain=f"{plain}x", now=NOW) is None


def test_a_revoked_one_opens_nothing() -> None:
    key, plain = made()
    revoke_api_key(key=key, actor=ACTOR, now=NOW)
    assert authenticate_api_key(plain=plain, now=NOW) is None
    with pytest.raises(WrongState):
        revoke_api_key(key=key, actor=ACTOR, now=NOW)
    assert made()[0].name == key.name  # the name is free again


def test_its_use_is_noted_once_a_minute() -> None:
    key, plain = made()
    for seconds in (0, 59, 61):
        authenticate_api_key(plain=plain, now=NOW + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == NOW + timedelta(seconds=0 if seconds < 60 else 61)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 101}),
        ("days", {"days": 0}),
        ("days", {"days": 366}),
        ("permissions", {"permissions": [Permission.PEOPLE]}),
    ],
)
def test_what_cannot_be_names_its_field(field: str, change: dict[str, object]) -> None:
    given: dict[str, object] = {"name": "a", "permissions": [], "days": 9, **change}
    with pytest.raises(InvalidInput) as refused:
        create_api_key(**given, actor=ACTOR, now=NOW)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not ApiKey.objects.exists()


def test_one_name_one_key() -> None:
    made()
    with pytest.raises(AlreadyKnown):
        made()


def test_administrators_are_told_of_its_end_once_per_threshold() -> None:
    make_account(role=Role.ADMINISTRATOR, email="ada@acme.example")
    make_account(role=Role.AUDITOR, email="otto@acme.example")
    key, _ = made(days=30)
    told: list[tuple[int, int]] = []
    for day in range(35):
        for _again in range(2):
            number = remind_keys(now=NOW + day * DAY)
            if number:
                told.append((day, number))
    assert told == [(16, 1), (23, 1), (29, 1), (30, 1)]
    assert set(Notice.objects.values_list("recipient", flat=True)) == {"ada@acme.example"}
    assert ApiKey.objects.get() == key


def test_a_key_that_was_revoked_before_the_mail_left_is_not_told(mailoutbox: list[object]) -> None:
    make_account(role=Role.ADMINISTRATOR, email="ada@acme.example")
    key, _ = made(days=7)
    remind_keys(now=NOW)
    revoke_api_key(key=key, actor=ACTOR, now=NOW)
    deliver_alerts(now=NOW)
    assert mailoutbox == []
    assert Mail.objects.get().status == "cancelled"


def test_the_mail_names_the_key_and_its_end(mailoutbox: list[object]) -> None:
    make_account(role=Role.ADMINISTRATOR, email="ada@acme.example")
    _, plain = made(days=7)
    remind_keys(now=NOW)
    deliver_alerts(now=NOW)
    (mail,) = mailoutbox
    assert mail.subject == "API key “nightly export” ends on Tuesday 1 December 2026 (UTC)"  # type: ignore[attr-defined]
    assert "/keys/" in mail.body  # type: ignore[attr-defined]
    assert plain not in str(mail.message())  # type: ignore[attr-defined]
    assert AuditEvent.objects.filter(kind=Event.ALERT_SENT).count() == 1
