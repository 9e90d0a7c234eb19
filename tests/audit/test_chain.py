import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tokens.audit.chain import COLUMNS, GENESIS, Entry, entry_hash, moment
from tokens.models import AuditEvent

ENTRY = Entry(
    number=1,
    at="2026-03-01T09:30:00.123456Z",
    kind="token.registered",
    actor_kind="account",
    actor_name="zoë@example.org",
    actor_id="0190",
    subject_type="token",
    subject_id="0191",
    subject_name="Invoices",
    company_id="0192",
    company_name="Acme",
    data='{"scope":"read"}',
    previous_hash=GENESIS,
)


def test_golden_vector_written_out_by_hand() -> None:
    written = (
        '["coolset-token-governance audit 1",1,"2026-03-01T09:30:00.123456Z","token.registered",'
        '"account","zo\\u00eb@example.org","0190","token","0191","Invoices","0192","Acme",'
        '"{\\"scope\\":\\"read\\"}","' + "0" * 64 + '"]'
    )
    assert entry_hash(ENTRY) == hashlib.sha256(written.encode("ascii")).hexdigest()
    assert entry_hash(ENTRY) == "a5dcaccba6ec1ecfd24cc7f58040475f9b4ee7852a24195322edffb9ad948928"


@pytest.mark.parametrize("column", Entry._fields)
def test_every_column_counts(column: str) -> None:
    value: Any = 2 if column == "number" else "other"
    assert entry_hash(ENTRY._replace(**{column: value})) != entry_hash(ENTRY)


def test_the_columns_are_those_of_the_table_in_order() -> None:
    assert [field.column for field in AuditEvent._meta.concrete_fields] == list(COLUMNS)


def test_neighbouring_columns_do_not_run_together() -> None:
    one = ENTRY._replace(subject_id="ab", subject_name="c")
    other = ENTRY._replace(subject_id="a", subject_name="bc")
    assert entry_hash(one) != entry_hash(other)


def test_a_moment_is_utc_with_microseconds() -> None:
    here = timezone(timedelta(hours=2))
    assert moment(datetime(2026, 3, 1, 11, 30, tzinfo=here)) == "2026-03-01T09:30:00.000000Z"
    assert moment(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        moment(datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None))
