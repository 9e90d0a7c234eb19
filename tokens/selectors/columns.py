"""Which columns a row of the inventory is made of, read in one query with joins."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from tokens.models import ExceptedFlag, Token


class _Joined(Aggregate):
    """The texts of a group with blanks between, in no order."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ' ')"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


#: "overdue:2026-12-31 unused:2026-12-31": what exceptions name, or null.
_EXCEPTED = Subquery(
    ExceptedFlag.objects.filter(token=OuterRef("pk"))
    .order_by()
    .values("token")
    .annotate(words=_Joined(Concat("flag", Value(":"), Cast("until", CharField()))))
    .values("words")
)

#: In the order in which `facts.row_of` takes them. All joins are to one row at most.
COLUMNS = (
    "id",
    "company_id",
    "company__name",
    "company__workspace_id",
    "company__workspace_type",
    "integration_id",
    "integration__name",
    "integration__first_reported_at",
    "environment",
    "scope",
    "label",
    "owner__email",
    "owner__leaving_on",
    "owner__left_on",
    "created_by__email",
    "created_by__leaving_on",
    "created_by__left_on",
    "hint",
    "replaces_id",
    "state",
    "issued_at",
    "stored_at",
    "due_at",
    "replaced_at",
    "company_mismatch",
    "secret_id",
    "secret__fingerprint",
    "secret__health",
    "secret__refused_since",
    "secret__last_checked_at",
    "secret__last_outcome",
    "secret__last_conclusive_at",
    "secret__last_accepted_at",
    "secret__last_used_at",
    "secret__last_used_evidence",
    "secret__headers_live_until",
    "secret__logs_cover_since",
    "secret__logs_cover_until",
    "secret__is_shared",
    "secret__mixes_environments",
    "secret__permission_lost_at",
    "secret__revocation__revoked_at",
    "secret__revocation__proof",
    "secret__revocation__contradicted_at",
    "secret__compromise__recorded_at",
    "policy_id",
    _EXCEPTED,
)


def tuples(queryset: QuerySet[Token]) -> QuerySet[Token, tuple[object, ...]]:
    """The queryset's rows as tuples of COLUMNS; filters and order stay as they are."""
    return queryset.values_list(*COLUMNS)
