"""Errors as JSON: `detail` for people, `errors` for programs; nothing that was sent comes back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status

from tokens.api.parsers import TooLarge
from tokens.audit import AuditUnavailable
from tokens.away import is_away
from tokens.errors import (
    AlreadyKnown,
    DomainError,
    InvalidInput,
    KeyReused,
    KeyringError,
    NotAllowed,
    NotFound,
    VaultError,
    WrongState,
)


class Conflict(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


class Unavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "This cannot be done now. Nothing was changed."
    default_code = "unavailable"


class Handler(ExceptionHandler):
    """Domain errors become answers; anything else is a 500 that says nothing."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DomainError):
            return _converted(exc)
        if isinstance(exc, AuditUnavailable | KeyringError | VaultError) or is_away(exc):
            return Unavailable()
        if isinstance(exc, exceptions.UnsupportedMediaType):
            return exceptions.UnsupportedMediaType("", detail="Send application/json.")
        if isinstance(exc, exceptions.MethodNotAllowed):
            return exceptions.MethodNotAllowed("", detail="This address has no such method.")
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        if isinstance(exc, SuspiciousOperation | BadRequest):
            return exceptions.ParseError("The request cannot be read.")
        converted: Exception = super().convert_known_exceptions(exc)
        return converted


def _converted(error: DomainError) -> exceptions.APIException:
    if isinstance(error, InvalidInput):
        return exceptions.ValidationError({error.field or "non_field_errors": [error.message]})
    if isinstance(error, NotFound):
        return exceptions.NotFound(error.message)
    if isinstance(error, NotAllowed):
        return exceptions.PermissionDenied(error.message)
    if isinstance(error, KeyReused):
        return Unprocessable({error.field: [error.message]})
    if isinstance(error, AlreadyKnown | WrongState):
        return Conflict({error.field: [error.message]} if error.field else error.message)
    return exceptions.ValidationError(error.message)


class Formatter(ExceptionFormatter):
    """`detail` on top: the errors as one sentence, each with its field."""

    def format_error_response(self, error_response: Any) -> dict[str, Any]:
        formatted: dict[str, Any] = super().format_error_response(error_response)
        parts = [
            f"{error['attr']}: {error['detail']}"
            if error["attr"] and error["attr"] != "non_field_errors"
            else str(error["detail"])
            for error in formatted["errors"]
        ]
        return {"detail": "; ".join(parts), **formatted}
