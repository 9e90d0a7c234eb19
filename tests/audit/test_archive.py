"""Archiving: a signed file first, then, if asked, removal; the chain goes on from its anchor."""

import json
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings

from coolset_admin.env import BASE_DIR
from tests.audit.archives import (
    CUT,
    LATER,
    REASON,
    archived,
    lines_of,
    old_and_new,
    removed,
    rows,
    run,
)
from tests.audit.helpers import ACTOR, NOW, write
from tokens.audit import Event, Subject, audited, head, verification, verify
from tokens.audit.anchors import Anchor, anchor
from tokens.audit.exporting import export_entries
from tokens.audit.standalone import walk_files
from tokens.errors import InvalidInput, KeyringError, WrongState
from tokens.models import AuditEvent
from tokens.services.archive_audit import remove
from tokens.services.archive_audit import write as writing
from tokens.services.archive_audit.join import join_archives
from tokens.services.archive_audit.prefix import prefix_before
from tokens.services.archive_audit.remove import remove_archived, require_removable

pytestmark = pytest.mark.django_db


def test_an_archive_alone_removes_nothing_and_is_in_the_trail(tmp_path: Path) -> None:
    old_and_new()
    made = archived(tmp_path)
    assert rows() == list(range(1, 10))
    entry = AuditEvent.objects.get(kind="audit.archived")
    assert entry.subject_name == "old.jsonl"
    assert made.digest in entry.data
    assert (made.path.stat().st_mode & 0o777, made.checkpoint.stat().st_mode & 0o777) == (
        0o600,
        0o600,
    )
    assert [line["id"] for line in lines_of(made.path)[1:-1]] == [1, 2, 3, 4, 5]
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "old.jsonl",
        "old.jsonl.checkpoint.json",
    ]


def test_what_was_removed_leaves_an_anchor_and_the_walk_begins_there(tmp_path: Path) -> None:
    old_and_new()
    sealed = AuditEvent.objects.get(pk=5).hash
    made = removed(tmp_path)
    # 6 to 8 are young, 9 says that the file was written, 10 that its entries went.
    assert rows() == [6, 7, 8, 9, 10]
    found = verify()
    assert (found.ok, found.entries, found.after) == (True, 5, 5)
    gone = anchor()
    assert (gone.entry, gone.after, gone.number, gone.hash) == (10, 0, 5, sealed)
    assert (gone.file, gone.file_digest) == ("old.jsonl", made.digest)
    assert (gone.reason, gone.by, gone.last_at) == (REASON, ACTOR.name, NOW)
    write(2, at=LATER)
    assert verify().entries == 7


def test_a_second_archive_goes_on_from_the_first_and_both_join(tmp_path: Path) -> None:
    old_and_new()
    removed(tmp_path)
    much_later = LATER + timedelta(days=900)
    second = removed(
        tmp_path, "newer.jsonl", before=LATER.date() + timedelta(days=1), now=much_later
    )
    gone = anchor()
    assert (gone.after, gone.number, second.prefix.count) == (5, 10, 5)
    assert [(each.first, each.last, each.file) for each in gone.files] == [(1, 5, "old.jsonl")]
    assert (verify().ok, verify().after) == (True, 10)
    files = [tmp_path / "old.jsonl", tmp_path / "newer.jsonl"]
    joined = join_archives(paths=files, wanted={3})
    assert (joined.first, joined.last, joined.fault) == (1, 10, "")
    with pytest.raises(InvalidInput, match="give the later archives"):
        join_archives(paths=files[:1], wanted=set())
    assert "does not go on" in join_archives(paths=files[::-1], wanted=set()).fault


def test_a_later_export_begins_after_the_archive_and_joins_it(tmp_path: Path) -> None:
    old_and_new()
    made = removed(tmp_path)
    lines = list(export_entries(now=LATER))
    assert (lines[0]["after"], lines[1]["id"]) == (5, 6)
    later = tmp_path / "later.jsonl"
    later.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = walk_files([made.path, later], field="x")
    assert (found.first, found.last, found.hash) == (1, *head())  # type: ignore[misc]
    with pytest.raises(InvalidInput, match="are archived in old") as refused:
        list(export_entries(after=3, now=LATER))
    assert refused.value.field == "after"


@pytest.mark.parametrize(("days", "enough"), [(399, False), (400, True)])
def test_four_hundred_days_always_stay(days: int, enough: bool) -> None:
    write(1, at=NOW - timedelta(days=800))
    before = (NOW - timedelta(days=days)).date()
    if enough:
        assert prefix_before(before, now=NOW).number == 1
        return
    with pytest.raises(InvalidInput, match="at least 400 days ago"):
        prefix_before(before, now=NOW)


def test_only_a_stretch_without_young_entries_can_go() -> None:
    """Entries are numbered as written, dated by whoever acts: 3 is old, and stands behind 2."""
    write(1)
    write(1, at=LATER)
    write(1)
    assert prefix_before(CUT, now=LATER).number == 1
    with pytest.raises(InvalidInput, match="no entry is older"):
        prefix_before(date(2026, 3, 1), now=LATER)


@pytest.mark.parametrize("name", ["old.jsonl", "old.jsonl.checkpoint.json"])
def test_what_stands_there_is_never_replaced(name: str, tmp_path: Path) -> None:
    old_and_new()
    (tmp_path / name).write_text("mine")
    with pytest.raises(InvalidInput, match="exists already"):
        archived(tmp_path)
    assert (tmp_path / name).read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert not AuditEvent.objects.filter(kind="audit.archived").exists()


def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_and_new()

    def slow(*args: Any, **kwargs: Any) -> Any:
        (tmp_path / "old.jsonl").write_text("faster")
        return walk_files(*args, **kwargs)

    monkeypatch.setattr(writing, "walk_files", slow)
    with pytest.raises(InvalidInput, match="exists already"):
        archived(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["old.jsonl"]
    assert (tmp_path / "old.jsonl").read_text() == "faster"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    old_and_new()
    with pytest.raises(InvalidInput) as refused:
        archived(tmp_path / "nowhere")
    assert refused.value.field == "output"


def test_without_the_keyring_nothing_is_written(tmp_path: Path, settings: Settings) -> None:
    old_and_new()
    settings.VAULT_MAY_OPEN = False
    with pytest.raises(KeyringError):
        archived(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_trail_that_was_tampered_with_is_not_archived(
    tmp_path: Path, audit_triggers_dropped: None
) -> None:
    old_and_new()
    run("UPDATE tokens_auditevent SET actor_name = 'x' WHERE id = 3")
    with pytest.raises(InvalidInput, match="entry 3 was changed"):
        archived(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_changed_before_the_removal_stops_it(tmp_path: Path) -> None:
    old_and_new()
    made = archived(tmp_path)
    made.path.write_text(made.path.read_text().replace("Token 3", "Token X"))
    with pytest.raises(InvalidInput, match="was changed since"):
        remove_archived(archive=made, reason=REASON, actor=ACTOR, now=LATER)
    assert rows() == list(range(1, 10))


def test_a_crash_between_file_and_removal_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_and_new()
    made = archived(tmp_path)

    def crash(*_: Any) -> int:
        run("DELETE FROM tokens_auditevent WHERE id <= 2")
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(remove, "_delete", crash)
        with pytest.raises(RuntimeError):
            remove_archived(archive=made, reason=REASON, actor=ACTOR, now=LATER)
    assert rows() == list(range(1, 10))
    assert (verify().ok, anchor()) == (True, Anchor())
    assert remove_archived(archive=made, reason=REASON, actor=ACTOR, now=LATER) == 5
    assert verify().ok


def test_a_second_removal_of_the_same_entries_is_refused(tmp_path: Path) -> None:
    old_and_new()
    first, second = archived(tmp_path), archived(tmp_path, "again.jsonl")
    remove_archived(archive=first, reason=REASON, actor=ACTOR, now=LATER)
    before = head()
    with pytest.raises(WrongState, match="meanwhile"):
        remove_archived(archive=second, reason=REASON, actor=ACTOR, now=LATER)
    assert (head(), verify().ok) == (before, True)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_removal_needs_a_reason(reason: str, tmp_path: Path) -> None:
    old_and_new()
    made = archived(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        remove_archived(archive=made, reason=reason, actor=ACTOR, now=LATER)
    assert refused.value.field == "reason"
    assert 1 in rows()


def forged(number: int, *, at: Any) -> None:
    """What whoever can add entries can do: claim that entries were archived."""
    with audited(actor=ACTOR, now=at) as trail:
        trail.add(
            Event.AUDIT_REMOVED,
            Subject("audit", name="nowhere.jsonl"),
            after=0,
            number=number,
            previous_hash="0" * 64,
            hash=AuditEvent.objects.get(pk=number).hash,
            last_at=NOW,
            file="nowhere.jsonl",
            file_digest="0" * 64,
            key_id="k",
            public_key="x",
            signature="00",
            earlier=[],
            last_policy=1,
        )


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("id = 6", "too young, though the entry speaks of it"),
        ("id = 8", "beyond what the entry speaks of"),
        ("id >= 1", "some of them may not go, so none does"),
        ("id = 9", "the entry that opens the door itself"),
    ],
)
def test_the_door_opens_for_archived_entries_alone(where: str, why: str) -> None:
    old_and_new()
    forged(7, at=LATER)
    refused = pytest.raises(IntegrityError, match="append-only")
    with refused, transaction.atomic():
        run(f"DELETE FROM tokens_auditevent WHERE {where}")  # noqa: S608
    assert rows() == list(range(1, 10)), why


def test_what_got_through_the_door_without_the_workers_key_is_found() -> None:
    """Whoever may add and delete, but holds no keyring, cannot do it unseen."""
    old_and_new()
    forged(5, at=LATER)
    run("DELETE FROM tokens_auditevent WHERE id <= 5")
    found = verify()
    assert (found.ok, found.first_bad) == (False, 9)
    assert "not signed by the worker" in found.reason


def test_other_changes_are_refused_after_a_removal_as_before(tmp_path: Path) -> None:
    old_and_new()
    removed(tmp_path)
    for attack in (
        "DELETE FROM tokens_auditevent",
        "DELETE FROM tokens_auditevent WHERE id = 6",
        "DELETE FROM tokens_auditevent WHERE id = 10",
        "UPDATE tokens_auditevent SET data = '{}' WHERE id = 10",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            run(attack)
    assert verify().ok


MOVED = (
    "UPDATE tokens_auditevent SET data = replace(data, '\"number\":5', '\"number\":7')"
    " WHERE id = 10"
)


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        (["DELETE FROM tokens_auditevent WHERE id = 10"], 1),
        (["DELETE FROM tokens_auditevent WHERE id = 6"], 6),
        (["DELETE FROM tokens_auditevent WHERE id IN (6, 7)"], 6),
        (["UPDATE tokens_auditevent SET data = replace(data, 'old.', 'new.') WHERE id = 10"], 10),
        (["UPDATE tokens_auditevent SET data = '{}' WHERE id = 10"], 10),
        (["UPDATE tokens_auditevent SET data = 'x' WHERE id = 10"], 10),
        (
            [
                MOVED,
                "DELETE FROM tokens_auditevent WHERE id <= 7",
            ],
            10,
        ),
    ],
)
def test_an_anchor_that_was_removed_or_moved_is_found(
    tamper: list[str], first_bad: int, tmp_path: Path, audit_triggers_dropped: None
) -> None:
    old_and_new()
    removed(tmp_path)
    for each in tamper:
        run(each)
    found = verify()
    assert (found.ok, found.first_bad) == (False, first_bad)


def test_rows_put_back_by_hand_are_found(tmp_path: Path, audit_triggers_dropped: None) -> None:
    old_and_new()
    run("CREATE TEMPORARY TABLE kept AS SELECT * FROM tokens_auditevent WHERE id = 4")
    removed(tmp_path)
    run("INSERT INTO tokens_auditevent SELECT * FROM kept")
    run("DROP TABLE kept")
    found = verify()
    assert (found.ok, found.reason) == (False, "an entry stands where none was written")


def test_a_removal_while_the_trail_is_walked_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(verification, "CHUNK", 2)
    old_and_new()
    made = archived(tmp_path)
    once = iter([made])

    def progress(_: int) -> None:
        for archive in once:
            remove_archived(archive=archive, reason=REASON, actor=ACTOR, now=LATER)

    found = verify(progress)
    assert (found.ok, found.after) == (True, 5)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_remove_once(tmp_path: Path) -> None:
    old_and_new(50, 3)
    archives = [archived(tmp_path, f"{name}.jsonl") for name in ("a", "b", "c", "d")]
    outcomes: list[object] = []

    def work(archive: Any) -> None:
        try:
            outcomes.append(remove_archived(archive=archive, reason=REASON, actor=ACTOR, now=LATER))
        except BaseException as fault:  # told to the test below
            outcomes.append(type(fault))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[each]) for each in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(map(str, outcomes)) == sorted(map(str, [50, WrongState, WrongState, WrongState]))
    assert (verify().ok, verify().after) == (True, 50)
    assert AuditEvent.objects.filter(kind="audit.removed").count() == 1


@pytest.mark.postgresql
def test_the_role_that_runs_the_product_cannot_remove(tmp_path: Path) -> None:
    """docs/runtime-role.sql as it stands: told before anything is written."""
    old_and_new()
    prefix = prefix_before(CUT, now=LATER)
    with connection.cursor() as cursor:
        cursor.execute((BASE_DIR / "docs" / "runtime-role.sql").read_text())
        cursor.execute("SET LOCAL ROLE coolset_app")
    with pytest.raises(WrongState, match="the role that migrates"):
        require_removable(prefix)
    archived(tmp_path)  # a file it may write
    assert verify().ok


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["tokens_auditevent", "gone"])
def test_a_table_of_the_same_name_elsewhere_opens_no_door(name: str) -> None:
    """Names without a schema are looked up among temporary tables first."""
    old_and_new()
    facts = '{"number":9}'
    run(
        f"CREATE TEMPORARY TABLE {name} AS SELECT 99::bigint AS id, 'audit.removed' AS kind,"
        " %s::timestamptz AS at, %s AS data",
        LATER,
        facts,
    )
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("DELETE FROM public.tokens_auditevent WHERE id = 1")
    run(f"DROP TABLE pg_temp.{name}")
    assert rows() == list(range(1, 9))
