"""Files that nobody would write: clear refusals or rows, and never a cell in a message."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import NOW, token_value
from tokens.services.csv_table import COLUMNS, ImportRefused, RowError, read_header, read_table
from tokens.services.usage_import import COLUMNS as USAGE
from tokens.services.usage_import import Form, read_file, read_objects
from tokens.services.usage_import.reading import Sighting

REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)
VALUE = token_value()
#: Bytes that mean something to a reader of tables, with a token among them.
PIECES = st.sampled_from(
    [
        ",",
        ";",
        '"',
        "\n",
        "\r",
        "\r\n",
        "\0",
        "\ufeff",
        "=",
        "@",
        "\u2028",
        "",
        " ",
        VALUE,
        *COLUMNS,
    ]
)
NOISE = st.lists(PIECES, max_size=30).map("".join)
TABLES = st.one_of(
    st.binary(max_size=120),
    NOISE.map(str.encode),
    NOISE.map(lambda noise: f"{','.join(COLUMNS)}\n{noise}".encode()),
)
LOGS = st.one_of(
    TABLES,
    NOISE.map(lambda noise: f"{','.join(USAGE)}\n{noise}".encode()),
    NOISE.map(lambda noise: f'{{"time": "{noise}", "token": "{VALUE}"}}'.encode()),
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just(VALUE)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([VALUE, *USAGE]), inner, max_size=4),
    ),
    max_leaves=12,
)


def clear(errors: list[RowError]) -> None:
    """Every one names a line and a reason, and none the token."""
    assert errors
    for error in errors:
        assert error.line >= 1
        assert error.reason
    assert VALUE not in repr(errors)


def refused_clearly(refused: ImportRefused) -> None:
    clear(refused.errors)
    assert VALUE not in str(refused)
    assert refused.__cause__ is None


@REPEATABLE
@given(TABLES)
@example(b"")
@example(b"\xff\xfe")
@example(b"\n\x01")
@example(f"{VALUE}\n{VALUE}".encode())
@example(f'"{VALUE}'.encode())
def test_any_bytes_are_rows_or_a_clear_refusal(data: bytes) -> None:
    try:
        records, errors = read_table(data)
    except ImportRefused as refused:
        refused_clearly(refused)
        return
    assert records or errors
    if errors:
        clear(errors)
    for record in records:
        assert set(record.cells) == set(COLUMNS)
        assert VALUE not in repr(record)


@REPEATABLE
@given(TABLES)
@example(b"\n\x01")
def test_any_bytes_have_a_header_or_a_clear_refusal(data: bytes) -> None:
    try:
        names = read_header(data)
    except ImportRefused as refused:
        refused_clearly(refused)
        return
    assert any(names)


@REPEATABLE
@given(LOGS, st.sampled_from(["csv", "jsonl"]))
def test_any_log_is_sightings_or_a_clear_refusal(data: bytes, form: Form) -> None:
    try:
        found = read_file(data, form, now=NOW)
    except ImportRefused as refused:
        refused_clearly(refused)
        return
    read_clearly(*found)


@REPEATABLE
@given(st.lists(JSON, max_size=4))
def test_any_objects_are_sightings_or_a_clear_refusal(objects: list[object]) -> None:
    try:
        found = read_objects(objects, now=NOW)
    except ImportRefused as refused:
        refused_clearly(refused)
        return
    read_clearly(*found)


def read_clearly(sightings: list[Sighting], errors: list[RowError]) -> None:
    assert sightings or errors
    if errors:
        clear(errors)
    assert VALUE not in repr(sightings)
