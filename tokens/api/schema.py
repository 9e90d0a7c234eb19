"""What the schema says beyond what it can see."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from tokens.api.auth import SCHEME


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its registry
    """How the schema says it."""

    target_class = "tokens.api.auth.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": (
                f"`{SCHEME} ctgk_…`: a script's key, made on the page API keys; or "
                f"`{SCHEME} ctg_…`: one integration's, made on its page, for reporting use."
            ),
        }


class ProblemSerializer(serializers.Serializer):  # type: ignore[type-arg]  # as in fields.py
    """One thing that was wrong."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True, help_text="The field or parameter.")


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """`detail` is for people; nothing that was sent is ever repeated."""

    detail = serializers.CharField()
    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ProblemSerializer(many=True)  # type: ignore[assignment]  # DRF's own gives way


class Schema(AutoSchema):
    """Every operation may answer with these errors, in the one shape."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = ["400", "401", "403", "404", "406", "409", "429", "503"]
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            codes += ["413", "415"]
        for code in codes:
            error = self._get_response_for_code(ErrorSerializer, code)  # type: ignore[no-untyped-call]
            bodies.setdefault(code, error)
        return bodies
