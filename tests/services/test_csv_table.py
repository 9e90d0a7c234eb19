"""The form of an import file: encoding, header, lines."""

import pytest

from tests.factories import token_value
from tokens.services.csv_table import COLUMNS, REQUIRED, ImportRefused, RowError, read_table

HEADER = ",".join(COLUMNS)
ROW = ",".join("x" for _ in COLUMNS)


def refused(data: bytes) -> list[RowError]:
    with pytest.raises(ImportRefused) as caught:
        read_table(data)
    return caught.value.errors


def lines(text: str) -> list[int]:
    records, errors = read_table(text.encode())
    assert not errors
    return [record.line for record in records]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_are_those_of_the_file(end: str, mark: str) -> None:
    row = ROW.replace("x", '"two' + end + 'lines"', 1)
    assert lines(mark + end.join([HEADER, row, ROW, "", ROW])) == [2, 4, 6]


def test_semicolons_and_any_order() -> None:
    header = ";".join(reversed(COLUMNS))
    records, errors = read_table(f"{header}\n{ROW.replace(',', ';')}".encode())
    assert not errors
    assert set(records[0].cells) == set(COLUMNS)


def test_commas_in_a_quoted_header_do_not_decide_the_separator() -> None:
    assert refused(b'"a,b";' + ";".join(COLUMNS).encode() + b"\n")[0].column == "cell 1"


def test_optional_columns_may_be_absent() -> None:
    assert lines(",".join(REQUIRED) + "\n" + ",".join("x" for _ in REQUIRED)) == [2]


@pytest.mark.parametrize("name", REQUIRED)
def test_each_missing_column_is_named(name: str) -> None:
    header = ",".join(column for column in COLUMNS if column != name)
    assert refused(f"{header}\n".encode()) == [RowError(1, name, "is a missing column")]


def test_unknown_and_repeated_columns_are_named() -> None:
    errors = refused(f"{HEADER},colour,label\n".encode())
    assert [(error.column, error.reason) for error in errors] == [
        ("colour", "is an unknown column"),
        ("label", "is there twice"),
    ]


def test_a_file_without_a_header_is_not_repeated() -> None:
    value = token_value("shapeless")
    errors = refused(f"Acme,Portal,production,read,ann@example.com,,{value}\n".encode())
    told = repr(errors)
    assert value not in told
    assert "Acme" not in told
    assert "ann@example.com" not in told


def test_a_token_as_a_column_is_not_repeated() -> None:
    value = token_value()
    assert value not in repr(refused(f"{HEADER},{value}\n".encode()))


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_empty_files(data: bytes) -> None:
    assert refused(data) == [RowError(1, "", "is an empty file")]


def test_a_header_alone() -> None:
    assert refused(f"{HEADER}\n\n".encode()) == [RowError(1, "", "has a header and no rows")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_line_that_is_not_utf8_is_named(end: str) -> None:
    good = f"{HEADER}{end}{ROW}{end}".encode()
    error = refused(good + b"M\xfcller")[0]
    assert (error.line, error.reason) == (3, "is not UTF-8")


def test_the_decoders_error_which_holds_the_file_is_not_kept() -> None:
    with pytest.raises(ImportRefused) as caught:
        read_table(b"\xff")
    assert caught.value.__context__ is None


def test_utf16_is_not_utf8() -> None:
    assert refused(HEADER.encode("utf-16"))[0] == RowError(1, "", "is not UTF-8")


def test_a_nul_names_its_line() -> None:
    assert refused(f"{HEADER}\n{ROW}\n\0".encode())[0] == RowError(
        3, "", "contains a NUL character"
    )


def test_rows_of_another_width_are_named_and_the_others_kept() -> None:
    records, errors = read_table(f"{HEADER}\n{ROW},x\n{ROW}\nx,x\n".encode())
    assert [record.line for record in records] == [3]
    assert [(error.line, error.reason) for error in errors] == [
        (2, "has 14 cells instead of 13"),
        (4, "has 2 cells instead of 13"),
    ]


@pytest.mark.parametrize("row", ['"open', '"closed"and more', '"' + "x" * 200_000 + '"'])
def test_broken_quotes_name_the_line_where_they_begin(row: str) -> None:
    error = refused(f"{HEADER}\n{ROW}\n{row}\n{ROW}\n".encode())[0]
    assert error.line == 3
    assert "quotes" in error.reason


def test_a_thousand_errors_are_shown_and_the_rest_counted() -> None:
    refusal = ImportRefused([RowError(n, "", "is wrong") for n in range(1_234)])
    assert (len(refusal.errors), refusal.more) == (1_000, 234)
    assert "1234 problems" in refusal.message


def test_a_record_does_not_show_its_cells() -> None:
    value = token_value()
    records, _ = read_table(f"{HEADER}\n{ROW.replace('x', value, 1)}\n".encode())
    assert value not in repr(records)


def test_blank_cells_that_spreadsheets_leave_at_the_end_of_lines() -> None:
    records, errors = read_table(f"{HEADER},,\n{ROW},,\n{ROW}\n,,,\n{ROW},,x\n".encode())
    assert [record.line for record in records] == [2, 3]
    assert [(error.line, error.reason) for error in errors] == [
        (5, "has 15 cells instead of 13"),
    ]
    assert refused(f"{HEADER.replace(',', ',,', 1)}\n{ROW}".encode())[0].column == "cell 2"
