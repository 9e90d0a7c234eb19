"""The share within policy over the API: by day, of all companies or of one."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import reach_of
from tokens.api.base import ApiView
from tokens.policy.compliance import DENOMINATOR, Tally
from tokens.policy.roles import Permission
from tokens.selectors.compliance import history, tally_now
from tokens.selectors.span import Span
from tokens.services.policy_in_force import rules_in_force

NUMBERS = (
    "active", "counted", "within", "out_of_policy", "percent", "unknown_age", "not_held",
    "excepted",
)  # fmt: skip


class ShareSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """How many active tokens keep the policy, of how many that count."""

    active = serializers.IntegerField(help_text="counted + unknown_age + not_held + excepted")
    counted = serializers.IntegerField(help_text="The denominator: within + out_of_policy.")
    within = serializers.IntegerField()
    out_of_policy = serializers.IntegerField()
    percent = serializers.IntegerField(allow_null=True, help_text="Rounded down.")
    unknown_age = serializers.IntegerField(help_text="Not counted.")
    not_held = serializers.IntegerField(help_text="Not counted.")
    excepted = serializers.IntegerField(help_text="Not counted.")


class ShareOfDaySerializer(ShareSerializer):
    day = serializers.DateField()


class ComplianceSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The share now, and as it was counted each day; days that nobody counted are missing."""

    company = serializers.UUIDField(allow_null=True)
    since = serializers.DateField()
    until = serializers.DateField()
    denominator = serializers.CharField()
    now = ShareSerializer()
    results = ShareOfDaySerializer(many=True)


def _asked(name: str, kind: Any, help_text: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=help_text)


class ComplianceView(ApiView):
    """The compliance history."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012
    within = frozenset({"GET"})

    @extend_schema(
        operation_id="compliance_retrieve",
        parameters=[
            _asked("company", OpenApiTypes.STR, "Id or exact name; default: all together."),
            _asked("days", OpenApiTypes.INT, "So many days up to today; default 90."),
            _asked("from", OpenApiTypes.DATE, "First UTC day, instead of days."),
            _asked("to", OpenApiTypes.DATE, "Last UTC day; default today."),
        ],
        responses=ComplianceSerializer,
    )
    def get(self, request: Request) -> Response:
        """The share within policy, today and by day, oldest first.

        Without `company` of all that the caller sees, together.
        """
        now, reach = timezone.now(), reach_of(request.user)
        span = Span.parse(request.query_params, now, reach=reach)
        company = span.company.pk if span.company else None
        days = history(company, span.since, span.until, reach)
        return Response(
            {
                "company": str(company) if company else None,
                "since": span.since,
                "until": span.until,
                "denominator": DENOMINATOR,
                "now": numbers(tally_now(rules_in_force(), now, company, reach)),
                "results": [
                    {"day": each.day, **numbers(each.tally)} for each in days if each.tally
                ],
            }
        )


def numbers(tally: Tally) -> dict[str, int | None]:
    """The share as one JSON object."""
    return {name: getattr(tally, name) for name in NUMBERS}
