"""Which columns a row of the inventory is made of, read in one query with joins."""

from __future__ import annotations

from django.db.models import QuerySet

from tokens.models import Token

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
    "secret__destroyed_at",
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
    "snoozed_until",
    "excepted_words",
)


def tuples(queryset: QuerySet[Token]) -> QuerySet[Token, tuple[object, ...]]:
    """The queryset's rows as tuples of COLUMNS; filters and order stay as they are."""
    return queryset.values_list(*COLUMNS)
