"""Requests of the two-person rule over the API: list and decide. A script's key may only read."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import may, reach_of
from tokens.api.approvals import (
    APPROVAL_KINDS,
    APPROVAL_OUTCOMES,
    ApprovalActSerializer,
    ApprovalPageSerializer,
    ApprovalSerializer,
    shown,
)
from tokens.api.auth import Script, actor_of
from tokens.api.base import ApiView
from tokens.api.permissions import CONFIRM, Classified, note_denied
from tokens.errors import InvalidInput, NotFound
from tokens.models import Approval
from tokens.policy.roles import Permission
from tokens.policy.step_up import ASKED_AGAIN
from tokens.policy.two_people import PERMISSION, Act, Kind, Outcome
from tokens.selectors.approvals import find, selected
from tokens.services.approvals import act_on
from tokens.step_up import proved_lately

W = TypeVar("W", Outcome, Kind)
SIZE = 100
NO_SCRIPTS = "A script is nobody's second pair of eyes: decide on an account's session."
_PARAMETERS = [
    OpenApiParameter("outcome", enum=APPROVAL_OUTCOMES),
    OpenApiParameter("kind", enum=APPROVAL_KINDS),
    OpenApiParameter("before", OpenApiTypes.UUID, description="From `next` of another page."),
]


class ApprovalsView(ApiView):
    """All requests; they are made where the act is (`202`)."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012 - see ApiView
    within = frozenset({"GET"})

    @extend_schema(
        operation_id="approvals_list", parameters=_PARAMETERS, responses=ApprovalPageSerializer
    )
    def get(self, request: Request) -> Response:
        """The latest first, `outcome` and `kind` leave out others."""
        now, asked = timezone.now(), request.query_params
        outcome = _word(Outcome, asked.get("outcome", ""), "outcome")
        kind = _word(Kind, asked.get("kind", ""), "kind")
        rows = selected(now, outcome=outcome, kind=kind, reach=reach_of(request.user))
        if before := asked.get("before"):
            rows = rows.filter(pk__lt=_id(before))
        found = list(rows[: SIZE + 1])
        following = None
        if len(found) > SIZE:
            kept = {name: asked[name] for name in ("outcome", "kind") if asked.get(name)}
            query = urlencode({**kept, "before": str(found[SIZE - 1].pk)})
            following = request.build_absolute_uri(f"{request.path}?{query}")
        results = [shown(one, now) for one in found[:SIZE]]
        return Response({"next": following, "results": results})


class ApprovalView(ApiView):
    """One request."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012 - see ApiView
    within = frozenset({"GET"})

    @extend_schema(operation_id="approvals_retrieve", responses=ApprovalSerializer)
    def get(self, request: Request, approval_id: UUID) -> Response:
        return Response(shown(_one(approval_id), timezone.now()))


class ApprovalDecisionView(ApiView):
    """What becomes of it."""

    needs = {"POST": Permission.VIEW}  # noqa: RUF012 - see ApiView; its kind asks for its own
    within = frozenset({"POST"})

    @extend_schema(
        operation_id="approvals_decision_create",
        request=ApprovalActSerializer,
        responses={200: ApprovalSerializer},
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Approve or refuse what another asked for, or withdraw one's own request."""
        found = _one(approval_id)
        _permit(request, PERMISSION[Kind(found.kind)], found.company_id)
        body = ApprovalActSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actor, now = actor_of(request), timezone.now()
        act_on(
            approval=found,
            act=Act(body.validated_data["act"]),
            reason=body.validated_data.get("reason", ""),
            by=actor.name,
            actor=actor,
            now=now,
        )
        return Response(shown(_one(approval_id), now))


def _permit(request: Request, permission: Permission, company: UUID | None) -> None:
    """As `Classified` does, for a permission that only the request's kind names."""
    if isinstance(request.user, Script):
        note_denied(request, permission)
        raise PermissionDenied(NO_SCRIPTS)
    if not may(request.user, permission, company):
        note_denied(request, permission)
        raise PermissionDenied(Classified.message)
    if permission in ASKED_AGAIN and not proved_lately(request.session, timezone.now()):
        raise PermissionDenied(CONFIRM)


def _one(approval_id: UUID) -> Approval:
    found = find(approval_id)
    if found is None:
        raise NotFound("There is no such request.")
    return found


def _word(vocabulary: type[W], text: str, field: str) -> W | None:
    words = [word.value for word in vocabulary]
    if not text:
        return None
    if text not in words:
        raise InvalidInput("is not one of " + ", ".join(words), field=field)
    return vocabulary(text)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("is not an id", field="before") from None
