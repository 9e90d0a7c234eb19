"""Values written in bulk arrive as Django itself would have written them, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import NOW, make_token
from tokens.models import Secret, Token
from tokens.models.bulk import among, update_each, update_rows

pytestmark = pytest.mark.django_db

VALUES: list[dict[str, Any]] = [
    {"own_calls": [1.5, 2.0], "account_email": "o\"\\{},'%s@x.example", "seen_workspace_id": 2**62},
    {"own_calls": [], "account_email": "", "seen_workspace_id": None, "listed_workspace_ids": [1]},
    {"account_email": "NULL", "is_shared": True, "last_used_at": NOW + timedelta(microseconds=1)},
    {"account_email": "é ü", "claim": None, "listed_workspace_ids": None, "last_used_at": None},
]
FIELDS = ("own_calls", "account_email", "seen_workspace_id", "listed_workspace_ids", "is_shared",
          "last_used_at", "claim")  # fmt: skip


def columns(secret: Secret) -> list[Any]:
    return [getattr(secret, name) for name in FIELDS]


def test_every_kind_of_value_comes_back() -> None:
    secrets = [make_token().secret for _ in VALUES]
    for secret, values in zip(secrets, VALUES, strict=True):
        secret.claim = secret.pk
        for name, value in values.items():
            setattr(secret, name, value)
    update_each(Secret, secrets, FIELDS)
    for secret in secrets:
        assert columns(Secret.objects.get(pk=secret.pk)) == columns(secret)


def test_bytes_and_references_come_back() -> None:
    tokens = [make_token() for _ in range(2)]
    for token, other in zip(tokens, reversed(tokens), strict=True):
        token.sealed, token.key_id, token.owner = bytes(range(256)), "k", other.owner
    tokens[1].owner = None
    update_each(Token, tokens, ["sealed", "key_id", "owner"])
    for token in tokens:
        found = Token.objects.get(pk=token.pk)
        assert (bytes(found.sealed or b""), found.key_id) == (bytes(range(256)), "k")
        assert found.owner_id == token.owner_id


def test_twins_and_fixed_values_and_no_other_row() -> None:
    first, second, other = (make_token().secret for _ in range(3))
    update_rows(
        Secret,
        ["last_checked_at"],
        [(first.pk, NOW), (second.pk, NOW + timedelta(hours=1))],
        same={"last_used_at": "last_checked_at"},
        all_of_them={"last_outcome": "valid", "next_check_at": None},
    )
    for secret, at in ((first, NOW), (second, NOW + timedelta(hours=1))):
        found = Secret.objects.get(pk=secret.pk)
        assert (found.last_checked_at, found.last_used_at) == (at, at)
        assert (found.last_outcome, found.next_check_at) == ("valid", None)
    untouched = Secret.objects.get(pk=other.pk)
    assert (untouched.last_outcome, untouched.last_checked_at) == ("", None)


def test_among_finds_ids_and_nothing_else() -> None:
    tokens = [make_token() for _ in range(3)]
    wanted = [token.pk for token in tokens[:2]]
    assert set(Token.objects.filter(pk__in=among(wanted)).values_list("pk", flat=True)) == set(
        wanted
    )
    assert not Token.objects.filter(pk__in=among([])).exists()
