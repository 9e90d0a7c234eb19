"""What exceptions name of a token, read in the same query as the token itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Aggregate, CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat

from tokens.models.exceptions import ExceptedFlag
from tokens.models.tokens import Token
from tokens.policy.exceptions import Excepted
from tokens.policy.vocabulary import Flag


class _Joined(Aggregate):
    """The texts of a group with blanks between, in no order."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


#: "overdue:2026-12-31 unused:2026-12-31", or null: an expression of queries on `Token`.
EXCEPTED = Subquery(
    ExceptedFlag.objects.filter(token=OuterRef("pk"))
    .order_by()
    .values("token")
    .annotate(words=_Joined(Concat("flag", Value(":"), Cast("until", CharField()))))
    .values("words")
)
_FLAGS = {flag.value: flag for flag in Flag}


def read_excepted(words: str | None) -> Excepted:
    """What `EXCEPTED` found, sorted."""
    if not words:
        return ()
    pairs = (word.split(":") for word in words.split())
    return tuple(sorted((_FLAGS[flag], date.fromisoformat(until)) for flag, until in pairs))


def excepted_of(token: Token) -> Excepted:
    """What exceptions of a token name: as annotated (`excepted_words`), else from its rows."""
    if "excepted_words" in token.__dict__:
        return read_excepted(token.__dict__["excepted_words"])
    return tuple(sorted((_FLAGS[each.flag], each.until) for each in token.excepted.all()))
