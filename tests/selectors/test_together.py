"""Questions asked together find what each would find by itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import Model

from tests.factories import accepted, make_token
from tokens.models import AuditEvent, PolicyException, Secret, Token
from tokens.selectors.together import Ask, read_together

pytestmark = pytest.mark.django_db


def columns(row: Model) -> dict[str, Any]:
    unread = row.get_deferred_fields()
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in unread}


def test_rows_come_back_as_they_are_in_their_order(django_assert_num_queries: Any) -> None:
    owned = make_token(secret=accepted())
    make_token(owner_email="", secret=accepted())
    PolicyException.objects.create(
        token=owned, flags=["overdue"], reason="“x”", ends_on=owned.stored_at.date(),
        asked_by="x@acme.example", asked_at=owned.stored_at,
    )  # fmt: skip
    questions = {
        "tokens": Ask(Token.objects.order_by("-pk"), ("company", "owner")),
        "entries": Ask(AuditEvent.objects.order_by("-id")[:2]),
        "secrets": Ask(Secret.objects.order_by("pk")),
        "exceptions": Ask(PolicyException.objects.order_by("pk")),
        "nothing": Ask(Token.objects.none()),
    }
    assert connection.features.supports_json_field  # SQLite is asked for that once in a process
    with django_assert_num_queries(1):
        found = read_together(**questions)
    for name, ask in questions.items():
        rows = list(ask.rows)
        assert [each.pk for each in found[name]] == [each.pk for each in rows], name
        for read, row in zip(found[name], rows, strict=True):
            assert columns(read).items() <= columns(row).items()
    assert [each.owner and each.owner.email for each in found["tokens"]] == [
        each.owner and each.owner.email for each in Token.objects.order_by("-pk")
    ]
    assert found["tokens"][0].get_deferred_fields() == {"sealed"}
    assert len(found["entries"]) == 2


def test_only_what_is_named_is_read() -> None:
    make_token(label="x")
    (token,) = read_together(tokens=Ask(Token.objects.all(), only=("label",)))["tokens"]
    assert token.label == "x"
    assert "hint" in token.get_deferred_fields()
    assert read_together() == {}
