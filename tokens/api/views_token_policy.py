"""The policy of one token over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.policies import ChosenPolicySerializer, TokenPolicySerializer
from tokens.api.views import visible_token
from tokens.errors import InvalidInput
from tokens.models import Token
from tokens.policy.book import BASE
from tokens.policy.roles import Permission
from tokens.services.assign_policy import assign_policy
from tokens.services.policy_in_force import choice_for, rules_in_force
from tokens.services.propose_policy import policy_in


class TokenPolicyView(ApiView):
    """The policy of one token, and choosing it by hand."""

    needs = {"GET": Permission.VIEW, "PUT": Permission.POLICY}  # noqa: RUF012
    within = frozenset({"GET"})

    @extend_schema(operation_id="tokens_policy_retrieve", responses=TokenPolicySerializer)
    def get(self, request: Request, token_id: UUID) -> Response:
        """Which policy holds for it, and why."""
        return Response(_of(visible_token(request, token_id)))

    @extend_schema(
        operation_id="tokens_policy_choose",
        request=ChosenPolicySerializer,
        responses=TokenPolicySerializer,
    )
    def put(self, request: Request, token_id: UUID) -> Response:
        """Choose a policy by hand; null lets the token go by its place again."""
        token = visible_token(request, token_id)
        body = ChosenPolicySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        policy: int | None = body.validated_data["policy"]
        if policy is not None and policy_in(rules_in_force(), policy) is None:
            raise InvalidInput("there is no such policy", field="policy")
        assign_policy(
            token_ids=[token.pk], policy=policy, actor=actor_of(request), now=timezone.now()
        )
        return Response(_of(visible_token(request, token_id)))


def _of(token: Token) -> dict[str, Any]:
    choice = choice_for(token, rules_in_force())
    return {
        "policy": choice.policy or BASE,
        "name": choice.name,
        "by_hand": choice.by_hand,
        "why": choice.why,
        "since": token.policy_since,
        "due_at": token.due_at,
    }
