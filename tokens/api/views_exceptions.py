"""Exceptions over the API: list, ask, and decide. A script's key may only read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import may, reach_of
from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.exceptions import (
    STANDINGS,
    ExceptionActSerializer,
    ExceptionPageSerializer,
    ExceptionSerializer,
    NewExceptionSerializer,
    shown,
)
from tokens.api.permissions import Classified
from tokens.api.views import visible_token
from tokens.errors import InvalidInput, NotFound
from tokens.models import PolicyException
from tokens.policy.days import utc_day
from tokens.policy.exceptions import Act, Standing
from tokens.policy.roles import Permission
from tokens.selectors.exceptions import find, selected
from tokens.services.exceptions import act_on, ask_exception

SIZE = 100
_PARAMETERS = [
    OpenApiParameter("standing", enum=STANDINGS),
    OpenApiParameter("token", OpenApiTypes.UUID),
    OpenApiParameter("before", OpenApiTypes.UUID, description="From `next` of another page."),
]


class ExceptionsView(ApiView):
    """All exceptions; asking for one is for administrators."""

    needs = {"GET": Permission.VIEW, "POST": Permission.EXCEPT}  # noqa: RUF012 - see ApiView
    within = frozenset({"GET", "POST"})

    @extend_schema(
        operation_id="exceptions_list", parameters=_PARAMETERS, responses=ExceptionPageSerializer
    )
    def get(self, request: Request) -> Response:
        """The latest first, `standing` and `token` leave out others."""
        today, asked = utc_day(timezone.now()), request.query_params
        word, token = _standing(asked.get("standing", "")), _id(asked.get("token", ""), "token")
        seen = reach_of(request.user)
        rows = selected(today, stands=word, token_id=token, reach=seen).order_by("-pk")
        if (before := _id(asked.get("before", ""), "before")) is not None:
            rows = rows.filter(pk__lt=before)
        found = list(rows[: SIZE + 1])
        following = None
        if len(found) > SIZE:
            kept = {name: asked[name] for name in ("standing", "token") if asked.get(name)}
            query = urlencode({**kept, "before": str(found[SIZE - 1].pk)})
            following = request.build_absolute_uri(f"{request.path}?{query}")
        results = [shown(one, today) for one in found[:SIZE]]
        return Response({"next": following, "results": results})

    @extend_schema(
        operation_id="exceptions_create",
        request=NewExceptionSerializer,
        responses={201: ExceptionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Ask for one, as the account that is signed in; other administrators are mailed."""
        body = NewExceptionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actor, now = actor_of(request), timezone.now()
        data: dict[str, Any] = {**body.validated_data}
        try:
            token = visible_token(request, data.pop("token"))
        except NotFound:
            raise InvalidInput("is not known", field="token") from None
        if not may(request.user, Permission.EXCEPT, token.company_id):
            raise PermissionDenied(Classified.message)
        made = ask_exception(token=token, **data, by=actor.name, actor=actor, now=now)
        return Response(shown(_one(made.pk), utc_day(now)), status=status.HTTP_201_CREATED)


class ExceptionView(ApiView):
    """One exception."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012 - see ApiView
    within = frozenset({"GET"})

    @extend_schema(operation_id="exceptions_retrieve", responses=ExceptionSerializer)
    def get(self, request: Request, exception_id: UUID) -> Response:
        return Response(shown(_one(exception_id), utc_day(timezone.now())))


class ExceptionDecisionView(ApiView):
    """What becomes of it."""

    needs = {"POST": Permission.EXCEPT}  # noqa: RUF012 - see ApiView
    within = frozenset({"POST"})

    @extend_schema(
        operation_id="exceptions_decision_create",
        request=ExceptionActSerializer,
        responses={200: ExceptionSerializer},
    )
    def post(self, request: Request, exception_id: UUID) -> Response:
        """Approve or refuse what another asked for, withdraw one's own, or end one in force."""
        body = ExceptionActSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actor, now = actor_of(request), timezone.now()
        act_on(
            exception=_one(exception_id),
            act=Act(body.validated_data["act"]),
            reason=body.validated_data.get("reason", ""),
            by=actor.name,
            actor=actor,
            now=now,
        )
        return Response(shown(_one(exception_id), utc_day(now)))


def _one(exception_id: UUID) -> PolicyException:
    found = find(exception_id)
    if found is None:
        raise NotFound("There is no such exception.")
    return found


def _standing(text: str) -> Standing | None:
    if not text:
        return None
    if text not in STANDINGS:
        raise InvalidInput("is not one of " + ", ".join(STANDINGS), field="standing")
    return Standing(text)


def _id(text: str, field: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInput("is not an id", field=field) from None
