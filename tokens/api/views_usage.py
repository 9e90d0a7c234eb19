"""Bringing in logs of use over the API, for administrators: what `import_usage` does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.fields import Closed, MomentField, TextField
from tokens.policy.roles import Permission
from tokens.services.usage_import import (
    Covered,
    ImportRefused,
    RowError,
    UsageImported,
    import_usage,
    read_objects,
)

SHOWN = 100


class CoversSerializer(Closed):
    """That the rows hold every call of this time, of these integrations or of all."""

    since = MomentField()
    until = MomentField()
    integrations = serializers.ListField(child=TextField(), required=False)
    all = serializers.BooleanField(default=False)


class NewUsageImportSerializer(Closed):
    """Rows of a log: `time` and one of `token`, `fingerprint` and `hint`; a hint may be narrowed
    by `integration`, `company` and `environment`. `address` and `user_agent`, both optional, say
    who used it."""

    rows = serializers.ListField(child=serializers.JSONField(), allow_empty=False)
    source = TextField(required=False)  # type: ignore[assignment]  # DRF's own attribute gives way
    covers = CoversSerializer(required=False)
    skip_unknown = serializers.BooleanField(default=False)

    def covered(self) -> Covered | None:
        given: dict[str, Any] | None = self.validated_data.get("covers")
        if given is None:
            return None
        for name in ("since", "until"):
            if given[name] is None:
                raise serializers.ValidationError({"covers": f"{name} is empty"})
        names = tuple(given.get("integrations", ()))
        return Covered(given["since"], given["until"], names, given["all"])


class UsageImportSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What was taken."""

    rows = serializers.IntegerField()
    secrets = serializers.IntegerField(help_text="Tokens seen in use.")
    unknown = serializers.IntegerField(help_text="Rows left out: of no token in the inventory.")
    covered = serializers.IntegerField(help_text="Tokens whose silence counts.")
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    users = serializers.IntegerField(help_text="Addresses and user agents that the rows name.")


class UsageImportView(ApiView):
    """Logs of use."""

    needs = {"POST": Permission.EDIT}  # noqa: RUF012

    @extend_schema(
        operation_id="usage_import",
        request=NewUsageImportSerializer,
        responses={201: UsageImportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Take all rows, or none; a token is recognised and forgotten."""
        body = NewUsageImportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            result = _import(body, request)
        except ImportRefused as refused:
            errors = [_in_words(error) for error in refused.errors[:SHOWN]]
        else:
            return Response(asdict(result), status=status.HTTP_201_CREATED)
        raise serializers.ValidationError({"rows": errors})


def _import(body: NewUsageImportSerializer, request: Request) -> UsageImported:
    now = timezone.now()
    sightings, errors = read_objects(body.validated_data["rows"], now=now)
    return import_usage(
        sightings=sightings,
        errors=errors,
        source=body.validated_data.get("source", ""),
        covered=body.covered(),
        skip_unknown=body.validated_data["skip_unknown"],
        actor=actor_of(request),
        now=now,
    )


def _in_words(error: RowError) -> str:
    column = f", {error.column}" if error.column else ""
    return f"row {error.line}{column}: {error.reason}"
