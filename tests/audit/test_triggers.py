from unittest.mock import MagicMock

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError, NotSupportedError

from tests.audit.helpers import write
from tokens.audit import head, triggers, verify
from tokens.audit.chain import COLUMNS
from tokens.checks import check_audit_triggers

pytestmark = pytest.mark.django_db

_COLUMNS = ", ".join(COLUMNS)
_FORGED = "SELECT {} FROM tokens_auditevent WHERE id = 2".format(  # noqa: S608
    ", ".join("'x'" if column == "kind" else column for column in COLUMNS)
)
_UPSERT = (
    f"INSERT INTO tokens_auditevent ({_COLUMNS}) {_FORGED}"
    " ON CONFLICT (id) DO UPDATE SET kind = 'x'"
)
_HEAD_UPSERT = (
    "INSERT INTO tokens_chainhead (id, number, hash) VALUES (1, 1, 'x')"
    " ON CONFLICT (id) DO UPDATE SET number = 1"
)
BOTH = [
    "UPDATE tokens_auditevent SET kind = 'x' WHERE id = 2",
    "UPDATE tokens_auditevent SET id = 9 WHERE id = 2",
    "DELETE FROM tokens_auditevent WHERE id = 2",
    "DELETE FROM tokens_auditevent",
    f"INSERT INTO tokens_auditevent ({_COLUMNS}) {_FORGED}",
    _UPSERT,
    "DELETE FROM tokens_chainhead",
    "UPDATE tokens_chainhead SET number = 2",
    "UPDATE tokens_chainhead SET hash = 'x'",
    "UPDATE tokens_chainhead SET id = 2, number = 9",
    "INSERT INTO tokens_chainhead (id, number, hash) VALUES (1, 0, 'x')",
    "INSERT INTO tokens_chainhead (id, number, hash) VALUES (2, 0, 'x')",
    _HEAD_UPSERT,
]
SQLITE = [
    f"INSERT OR REPLACE INTO tokens_auditevent ({_COLUMNS}) {_FORGED}",
    f"REPLACE INTO tokens_auditevent ({_COLUMNS}) {_FORGED}",
    # The rowid is a second key of the table: replacing by it removes entry 2 as well.
    (
        f"INSERT OR REPLACE INTO tokens_auditevent (rowid, {_COLUMNS}) SELECT rowid, 99,"  # noqa: S608
        f" {_COLUMNS.removeprefix('id, ')} FROM tokens_auditevent WHERE id = 2"
    ),
    "UPDATE OR REPLACE tokens_auditevent SET id = 1 WHERE id = 2",
    "INSERT OR REPLACE INTO tokens_chainhead (id, number, hash) VALUES (1, 0, 'x')",
    "INSERT OR REPLACE INTO tokens_chainhead (rowid, id, number, hash) VALUES (1, 1, 0, 'x')",
    "UPDATE tokens_chainhead SET number = 'zzz'",
]
POSTGRESQL = [
    "TRUNCATE tokens_auditevent",
    "TRUNCATE tokens_chainhead CASCADE",
    (
        "MERGE INTO tokens_auditevent a USING (SELECT 2 AS id) b ON a.id = b.id"
        " WHEN MATCHED THEN UPDATE SET kind = 'x'"
    ),
]
ATTACKS = [*BOTH, *(SQLITE if connection.vendor == "sqlite" else POSTGRESQL)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_refuses(attack: str) -> None:
    write(3)
    before = head()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert (verify().ok, verify().entries, head()) == (True, 3, before)


@pytest.mark.parametrize("attack", ATTACKS)
def test_without_the_guards_each_attack_would_matter(
    attack: str, audit_triggers_dropped: None
) -> None:
    """So that the test above proves the guards, not a slip in the SQL."""
    write(3)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
    except IntegrityError:
        return  # the key or a constraint refuses it even so
    assert not verify().ok


def test_a_refused_change_says_why() -> None:
    write(1)
    refused = pytest.raises(IntegrityError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tokens_auditevent")


def test_all_guards_are_there_after_migrate() -> None:
    assert triggers.missing(connection) == []


def test_missing_guards_are_named_and_put_back(audit_triggers_dropped: None) -> None:
    absent = triggers.missing(connection)
    assert "audit_head_only_up" in absent
    assert len(absent) >= 5
    triggers.install_after_migrate(using=connection.alias)
    assert triggers.missing(connection) == []


#: database: (statements that change a guard, the guard that then counts as missing)
_ALTERED: dict[str, list[tuple[list[str], str]]] = {
    "sqlite": [
        (["DROP TRIGGER audit_head_only_up"], "audit_head_only_up"),
        (
            [
                "DROP TRIGGER audit_entry_no_delete",
                (
                    "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON tokens_auditevent"
                    " WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END"
                ),
            ],
            "audit_entry_no_delete",
        ),
    ],
    "postgresql": [
        (
            ["ALTER TABLE tokens_auditevent DISABLE TRIGGER audit_entry_no_change"],
            "audit_entry_no_change",
        ),
        (
            ["ALTER TABLE tokens_auditevent ENABLE TRIGGER audit_entry_no_truncate"],
            "audit_entry_no_truncate",
        ),
        (
            [
                (
                    "CREATE OR REPLACE FUNCTION tokens_audit_only_up() RETURNS trigger"
                    " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
                )
            ],
            "audit_head_only_up",
        ),
        (
            [
                (
                    "CREATE OR REPLACE TRIGGER audit_head_no_delete"
                    " BEFORE DELETE ON tokens_chainhead"
                    " FOR EACH ROW WHEN (false) EXECUTE FUNCTION tokens_audit_refuse()"
                )
            ],
            "audit_head_no_delete",
        ),
    ],
}


@pytest.mark.parametrize(("change", "named"), _ALTERED[connection.vendor])
def test_a_guard_that_no_longer_guards_counts_as_missing(change: list[str], named: str) -> None:
    with connection.cursor() as cursor:
        for statement in change:
            cursor.execute(statement)
    assert triggers.missing(connection) == [named]
    triggers.install(connection)
    assert triggers.missing(connection) == []


def test_install_makes_a_head_only_for_an_empty_trail(audit_triggers_dropped: None) -> None:
    write(2)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tokens_chainhead")
    triggers.install(connection)
    assert head() is None  # a finding, not to be covered up


def test_other_databases_are_refused_by_name() -> None:
    other = MagicMock(vendor="mysql")
    with pytest.raises(NotSupportedError, match="mysql"):
        triggers.missing(other)


@pytest.mark.django_db(transaction=True)
def test_a_flush_between_tests_leaves_guards_and_head() -> None:
    write(1)
    assert triggers.missing(connection) == []


#: As the version before archiving installed them: statements that turn today's guards into those.
_EARLIER: dict[str, list[str]] = {
    "sqlite": [
        "DROP TRIGGER audit_entry_no_delete",
        (
            "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON tokens_auditevent FOR EACH ROW "
            "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        ),
    ],
    "postgresql": [
        "DROP TRIGGER audit_entry_no_delete ON tokens_auditevent",
        "DROP TRIGGER audit_entry_no_change ON tokens_auditevent",
        (
            "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON tokens_auditevent "
            "FOR EACH ROW EXECUTE FUNCTION tokens_audit_refuse()"
        ),
        "ALTER TABLE tokens_auditevent ENABLE ALWAYS TRIGGER audit_entry_no_change",
    ],
}


def test_guards_of_an_earlier_version_are_no_tampering_and_are_renewed() -> None:
    with connection.cursor() as cursor:
        for statement in _EARLIER[connection.vendor]:
            cursor.execute(statement)
    assert triggers.missing(connection) != []  # /readyz/ waits for migrate
    assert triggers.unguarded(connection) == []  # which its checks must let through
    assert check_audit_triggers(databases=[connection.alias]) == []
    triggers.install_after_migrate(using=connection.alias)
    assert triggers.missing(connection) == []


def test_a_guard_that_is_gone_is_not_taken_for_an_earlier_one() -> None:
    with connection.cursor() as cursor:
        for statement in _EARLIER[connection.vendor]:
            cursor.execute(statement)
        name = "delete" if connection.vendor == "sqlite" else "change"
        where = "" if connection.vendor == "sqlite" else " ON tokens_auditevent"
        cursor.execute(f"DROP TRIGGER audit_entry_no_{name}{where}")
    assert f"audit_entry_no_{name}" in triggers.unguarded(connection)
    triggers.install_after_migrate(using=connection.alias)
