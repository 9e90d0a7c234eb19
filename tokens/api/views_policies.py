"""Policies over the API: list, create, change, remove, each with a preview."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.policies import (
    NewPolicySerializer,
    PolicyPreviewSerializer,
    PolicySerializer,
    shown,
    shown_preview,
)
from tokens.errors import InvalidInput, NotFound
from tokens.policy.book import BASE, Book, PolicyFacts
from tokens.policy.roles import Permission
from tokens.selectors.policies import listed
from tokens.selectors.policy_preview import preview
from tokens.services.change_policy import edit_policy
from tokens.services.create_policy import create_policy
from tokens.services.policy_in_force import rules_in_force
from tokens.services.propose_policy import policy_in
from tokens.services.remove_policy import remove_policy

_PREVIEW = OpenApiParameter(
    "preview", OpenApiTypes.STR, enum=["1"], description="1: only say what would follow."
)
_MANY = PolicySerializer(many=True)
_CHANGED = PolymorphicProxySerializer(
    "PolicyOrPreview", [PolicySerializer, PolicyPreviewSerializer], resource_type_field_name=None
)


class PoliciesView(ApiView):
    """All policies, the most specific first, the base one last."""

    needs = {"GET": Permission.VIEW, "POST": Permission.POLICY}  # noqa: RUF012 - see ApiView

    @extend_schema(operation_id="policies_list", responses=_MANY)
    def get(self, request: Request) -> Response:
        """All policies; of those that fit a token the first one holds."""
        return Response([shown(one) for one in listed(rules_in_force())])

    @extend_schema(
        operation_id="policies_create",
        parameters=[_PREVIEW],
        request=NewPolicySerializer,
        responses={201: PolicySerializer, 200: PolicyPreviewSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create one, in force at once; `?preview=1` says what would follow and saves nothing."""
        book, now = rules_in_force(), timezone.now()
        proposal = _proposal(request, book, None)
        if _asks_for_preview(request):
            return _preview(book, book.with_proposal(proposal), proposal.id, now)
        made = create_policy(proposal=proposal, actor=actor_of(request), now=now)
        return Response(_one(made.pk), status=status.HTTP_201_CREATED)


class PolicyView(ApiView):
    """One policy; 1 is the base one."""

    needs = {  # noqa: RUF012
        "GET": Permission.VIEW,
        "PATCH": Permission.POLICY,
        "DELETE": Permission.POLICY,
    }

    @extend_schema(operation_id="policies_retrieve", responses=PolicySerializer)
    def get(self, request: Request, policy_id: int) -> Response:
        return Response(_one(policy_id))

    @extend_schema(
        operation_id="policies_change",
        parameters=[_PREVIEW],
        request=NewPolicySerializer,
        responses={200: _CHANGED},
    )
    def patch(self, request: Request, policy_id: int) -> Response:
        """Change what is given. `?preview=1` answers as it does for a new one."""
        book, now = rules_in_force(), timezone.now()
        proposal = _proposal(request, book, _present(book, policy_id))
        if _asks_for_preview(request):
            return _preview(book, book.with_proposal(proposal), policy_id, now)
        edit_policy(proposal=proposal, actor=actor_of(request), now=now)
        return Response(_one(policy_id))

    @extend_schema(
        operation_id="policies_remove",
        parameters=[_PREVIEW],
        responses={204: None, 200: PolicyPreviewSerializer},
    )
    def delete(self, request: Request, policy_id: int) -> Response:
        """Remove it: its tokens go by the next most specific one. The base policy stays."""
        book, now = rules_in_force(), timezone.now()
        _present(book, policy_id)
        if _asks_for_preview(request) and policy_id != BASE:
            return _preview(book, book.without(policy_id), policy_id, now)
        remove_policy(policy_id=policy_id, actor=actor_of(request), now=now)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _proposal(request: Request, book: Book, present: PolicyFacts | None) -> PolicyFacts:
    body = NewPolicySerializer(data=request.data)
    body.is_valid(raise_exception=True)
    return body.proposal(book, present)


def _asks_for_preview(request: Request) -> bool:
    word = request.query_params.get("preview", "")
    if word not in ("", "0", "1"):
        raise InvalidInput("must be 0 or 1", field="preview")
    return word == "1"


def _present(book: Book, number: int) -> PolicyFacts:
    found = policy_in(book, number)
    if found is None:
        raise NotFound("There is no such policy.")
    return found


def _one(number: int) -> dict[str, Any]:
    for one in listed(rules_in_force()):
        if one.policy.id == number:
            return shown(one)
    raise NotFound("There is no such policy.")


def _preview(present: Book, proposed: Book, policy: int, now: datetime) -> Response:
    return Response(shown_preview(preview(present, proposed, policy, now)))
