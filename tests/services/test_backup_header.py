"""A backup's header is read before anything is opened: whoever wrote it, it is refused in words."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tokens import keys
from tokens.errors import InvalidInput
from tokens.services.backup.needs import FORMAT, read_backup
from tokens.vault.container import Sealer

FACTS: dict[str, Any] = {
    "format": FORMAT,
    "created_at": "2026-11-24T09:00:00+00:00",
    "migration": "0001_initial",
    "columns": {},
    "rows": {"tokens.token": 1},
    "key_ids": [],
    "fingerprint_check": "x",
    "audit_number": 0,
    "audit_hash": "",
}


def written(facts: dict[str, Any]) -> io.BytesIO:
    out = io.BytesIO()
    Sealer(out, keys.public_key(), facts).close()
    return out


def test_a_whole_one_is_read() -> None:
    assert read_backup(written(FACTS)).facts["rows"] == {"tokens.token": 1}


@pytest.mark.parametrize("name", FACTS)
def test_one_that_leaves_something_out_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="this version can read"):
        read_backup(written({key: value for key, value in FACTS.items() if key != name}))


@pytest.mark.parametrize(
    ("name", "value"),
    [("rows", {"tokens.token": "x"}), ("rows", []), ("created_at", "soon"), ("audit_number", "1")],
)
def test_one_that_holds_something_else_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match="this version can read"):
        read_backup(written({**FACTS, name: value}))
