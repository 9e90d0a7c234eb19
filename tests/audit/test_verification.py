from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.audit.helpers import write
from tokens.audit import Verification, head, verification, verify
from tokens.audit.chain import COLUMNS, GENESIS, Entry, entry_hash
from tokens.models import AuditEvent

pytestmark = pytest.mark.django_db


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_an_empty_trail_is_whole() -> None:
    assert verify() == Verification(0, ok=True)
    assert head() == (0, GENESIS)


def test_a_whole_chain_is_walked_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "CHUNK", 3)
    write(7)
    write(1)
    pieces: list[int] = []
    assert verify(pieces.append) == Verification(8, ok=True)
    assert pieces == [3, 3, 2]


def test_entries_written_meanwhile_are_walked_too() -> None:
    write(3)
    late = iter([2])

    def progress(_: int) -> None:
        for count in late:
            write(count)

    assert verify(progress) == Verification(5, ok=True)


@pytest.mark.parametrize("column", COLUMNS[1:])
def test_an_edit_of_any_column_is_found(column: str, audit_triggers_dropped: None) -> None:
    write(5)
    value = "2026-03-01 09:30:00.123457" if column == "at" else "x"
    run(f"UPDATE tokens_auditevent SET {column} = %s WHERE id = 3", value)  # noqa: S608
    found = verify()
    assert (found.ok, found.first_bad, found.entries) == (False, 3, 5)


_NEVER_WRITTEN: dict[str, list[tuple[str, object]]] = {
    "sqlite": [
        *(
            (column, value)
            for column in COLUMNS[1:]
            for value in (b"\xff", 7, "2026-03-01T09:30:00.123456", "2026-03-01 09:30")
        ),
        *(("id", value) for value in ("abc", 2.5, b"\x01")),
    ],
    "postgresql": [
        ("at", "infinity"),
        ("at", "-infinity"),
        ("at", "0044-03-15 12:00+00 BC"),
        ("id", 2**62),
    ],
}


@pytest.mark.parametrize(("column", "value"), _NEVER_WRITTEN[connection.vendor])
def test_what_does_not_belong_in_a_column_is_a_finding_not_a_crash(
    column: str, value: object, audit_triggers_dropped: None
) -> None:
    write(3)
    run(f"UPDATE tokens_auditevent SET {column} = %s WHERE id = 3", value)  # noqa: S608
    assert (verify().ok, verify().first_bad) == (False, 3)


@pytest.mark.parametrize(
    ("where", "first_bad", "left"),
    [("id = 1", 1, 4), ("id = 3", 3, 4), ("id > 3", 4, 3), ("id > 0", 1, 0), ("id < 3", 1, 3)],
)
def test_a_deletion_is_found(
    where: str, first_bad: int, left: int, audit_triggers_dropped: None
) -> None:
    write(5)
    run(f"DELETE FROM tokens_auditevent WHERE {where}")  # noqa: S608
    found = verify()
    assert (found.ok, found.first_bad, found.entries) == (False, first_bad, left)
    assert found.reason


def _forge(number: int, source: int) -> None:
    """Insert a copy of an entry under a number, hashed as if it followed the one before it."""
    copy = AuditEvent.objects.get(id=source)
    before = AuditEvent.objects.filter(id=number - 1).first()
    previous = before.hash if before else GENESIS
    at = "2026-03-01T09:30:00.123456Z"
    texts = [getattr(copy, column) for column in COLUMNS[2:-2]]
    sealed = entry_hash(Entry._make([number, at, *texts, previous]))
    columns, marks = ", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS))
    run(
        f"INSERT INTO tokens_auditevent ({columns}) VALUES ({marks})",  # noqa: S608
        number,
        "2026-03-01 09:30:00.123456" + ("+00" if connection.vendor == "postgresql" else ""),
        *texts,
        previous,
        sealed,
    )


def test_a_well_made_entry_beyond_the_head_is_found() -> None:
    write(3)
    _forge(4, source=2)  # needs no guard dropped: an insert is what the guards must allow
    found = verify()
    assert (found.ok, found.first_bad) == (False, 4)
    assert "beyond the head" in found.reason


def test_an_entry_written_anew_with_a_right_hash_breaks_the_next(
    audit_triggers_dropped: None,
) -> None:
    write(5)
    run("DELETE FROM tokens_auditevent WHERE id = 3")
    _forge(3, source=1)
    assert verify().first_bad == 4


def test_the_last_entry_written_anew_does_not_fit_the_head(audit_triggers_dropped: None) -> None:
    write(3)
    run("DELETE FROM tokens_auditevent WHERE id = 3")
    _forge(3, source=1)
    found = verify()
    assert (found.first_bad, found.reason) == (3, "the head of the chain was changed")


def test_changed_order_is_found(audit_triggers_dropped: None) -> None:
    write(5)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        run("UPDATE tokens_auditevent SET id = %s WHERE id = %s", new, old)
    assert verify().first_bad == 2


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        ("DELETE FROM tokens_chainhead", 4),
        ("UPDATE tokens_chainhead SET hash = 'x'", 3),
        ("UPDATE tokens_chainhead SET number = 2", 3),
        ("UPDATE tokens_chainhead SET number = 0", 1),
        ("UPDATE tokens_chainhead SET number = 9", 4),
    ],
)
def test_a_head_that_points_elsewhere_is_found(
    tamper: str, first_bad: int, audit_triggers_dropped: None
) -> None:
    write(3)
    run(tamper)
    found = verify()
    assert (found.ok, found.first_bad, found.entries) == (False, first_bad, 3)


def test_an_empty_trail_without_its_head_is_not_whole(audit_triggers_dropped: None) -> None:
    run("DELETE FROM tokens_chainhead")
    assert verify().ok is False
    assert verify().first_bad == 1


@pytest.fixture(params=[2, 2000])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(verification, "CHUNK", request.param)
    return int(request.param)


def test_entries_before_the_first_are_found_at_any_size_of_pieces(
    chunk: int, audit_triggers_dropped: None
) -> None:
    write(5)
    drop: Callable[..., None] = run
    if connection.vendor == "postgresql":
        drop("ALTER TABLE tokens_auditevent DROP CONSTRAINT audit_numbers_from_one")
    else:
        drop("PRAGMA ignore_check_constraints = ON")
    try:
        drop("UPDATE tokens_auditevent SET id = -4 WHERE id = 5")
    finally:
        if connection.vendor == "sqlite":
            drop("PRAGMA ignore_check_constraints = OFF")
    assert verify().first_bad == 1
