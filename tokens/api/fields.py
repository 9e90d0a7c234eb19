"""Fields whose errors never repeat what was sent: it may be a token in the wrong place."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tokens.policy.register import Invalid, check_value, parse_issued_at

# DRF's classes are generic for type checkers alone; here they hold anything.


@extend_schema_field(OpenApiTypes.STR)
class TokenField(serializers.Field):  # type: ignore[type-arg]
    """A token's value: taken in, never given out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(write_only=True, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a text")
        try:
            check_value(data)
        except Invalid as problem:
            reason = problem.reason
        else:
            return data
        raise serializers.ValidationError(reason)

    def to_representation(self, value: Any) -> Any:
        raise NotImplementedError("a token is never shown")


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field):  # type: ignore[type-arg]
    """An ISO 8601 date (midnight UTC) or date-time, not after tomorrow; null or "": not known."""

    def to_internal_value(self, data: Any) -> datetime | None:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a text")
        try:
            return parse_issued_at(data, timezone.now(), str(self.field_name))
        except Invalid as problem:
            reason = problem.reason
        raise serializers.ValidationError(reason)

    def to_representation(self, value: Any) -> Any:
        return value


class TextField(serializers.CharField):
    """Text whose rules are the service's; what is not text is refused without an echo."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            trim_whitespace=False, allow_blank=not options.get("required", True), **options
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a text")
        return data

    def run_validators(self, value: Any) -> None:
        """The service's rules follow; DRF's would name the character that it found."""


class WordField(serializers.ChoiceField):
    """One word of a closed vocabulary; the error names the words, not what was sent."""

    def __init__(self, vocabulary: type[StrEnum], **options: Any) -> None:
        words = [word.value for word in vocabulary]
        reason = "is not one of " + ", ".join(words)
        super().__init__(choices=words, error_messages={"invalid_choice": reason}, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return super().to_internal_value(data)


class MapField(serializers.DictField):
    """A map with names of the sender's; the error does not say under which one it stands."""

    def run_child_validation(self, data: Any) -> Any:
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError:
            reason = "holds something of the wrong kind"
        raise serializers.ValidationError(reason)


class Closed(serializers.Serializer):  # type: ignore[type-arg]
    """A body with these fields alone: a misspelt one must not be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and not data.keys() <= self.fields.keys():
            known = ", ".join(self.fields)
            raise serializers.ValidationError({"non_field_errors": [f"known fields are: {known}"]})
        return super().to_internal_value(data)
