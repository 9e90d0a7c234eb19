"""Consumers of integrations, and the checklist of a replaced token, over the API."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import reach_of
from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.consumers import (
    ConsumerChangeSerializer,
    ConsumerSerializer,
    NewConsumerSerializer,
    SafeToRevokeSerializer,
    SwitchSerializer,
    shown_consumer,
    shown_switching,
)
from tokens.api.views import visible_token
from tokens.errors import NotFound, WrongState
from tokens.models import Consumer, Integration
from tokens.policy.roles import Permission
from tokens.selectors.beside import covers_integration
from tokens.selectors.safe_to_revoke import switching_of
from tokens.services.consumers import add_consumer, edit_consumer, retire_consumer
from tokens.services.switch_consumer import switch_consumer

OTHERS = "This integration works for another company, where you may not do this."
_MANY = ConsumerSerializer(many=True)


class ConsumersView(ApiView):
    """What uses an integration's tokens."""

    needs = {"GET": Permission.VIEW, "POST": Permission.EDIT}  # noqa: RUF012 - see ApiView
    within = frozenset({"GET", "POST"})

    @extend_schema(operation_id="integrations_consumers_list", responses=_MANY)
    def get(self, request: Request, integration_id: UUID) -> Response:
        """All of them by name, retired ones last."""
        rows = Consumer.objects.filter(integration=_integration(integration_id))
        found = sorted(rows, key=lambda one: (one.retired_at is not None, one.name))
        return Response([shown_consumer(one) for one in found])

    @extend_schema(
        operation_id="integrations_consumers_create",
        request=NewConsumerSerializer,
        responses={201: ConsumerSerializer},
    )
    def post(self, request: Request, integration_id: UUID) -> Response:
        """Record one."""
        _check_whole(request, integration_id)
        body = NewConsumerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = add_consumer(
            integration=_integration(integration_id),
            **body.validated_data,
            actor=actor_of(request),
            now=timezone.now(),
        )
        return Response(shown_consumer(made), status=status.HTTP_201_CREATED)


class ConsumerView(ApiView):
    """One of them."""

    needs = {"PATCH": Permission.EDIT, "DELETE": Permission.EDIT}  # noqa: RUF012
    within = frozenset({"PATCH", "DELETE"})

    @extend_schema(
        operation_id="integrations_consumers_update",
        request=ConsumerChangeSerializer,
        responses=ConsumerSerializer,
    )
    def patch(self, request: Request, integration_id: UUID, consumer_id: UUID) -> Response:
        """Change its name, its place or its environment; its ticks stay."""
        _check_whole(request, integration_id)
        body = ConsumerChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changed = edit_consumer(
            consumer=_consumer(integration_id, consumer_id),
            **body.validated_data,
            actor=actor_of(request),
            now=timezone.now(),
        )
        return Response(shown_consumer(changed))

    @extend_schema(
        operation_id="integrations_consumers_retire", request=None, responses={204: None}
    )
    def delete(self, request: Request, integration_id: UUID, consumer_id: UUID) -> Response:
        """Retire it: no checklist asks for it any more, and what it ticked stays on record."""
        _check_whole(request, integration_id)
        retire_consumer(
            consumer=_consumer(integration_id, consumer_id),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SafeToRevokeView(ApiView):
    """Whether a replaced token may be revoked."""

    needs = {"GET": Permission.VIEW, "POST": Permission.EDIT}  # noqa: RUF012
    within = frozenset({"GET", "POST"})

    @extend_schema(operation_id="tokens_safe_to_revoke_retrieve", responses=SafeToRevokeSerializer)
    def get(self, request: Request, token_id: UUID) -> Response:
        """The answer, why, when it was last seen and how sure that is; 409 unless replaced."""
        return _answer(request, token_id)

    @extend_schema(
        operation_id="tokens_safe_to_revoke_tick",
        request=SwitchSerializer,
        responses=SafeToRevokeSerializer,
    )
    def post(self, request: Request, token_id: UUID) -> Response:
        """Tick a consumer, or take its tick away; the answer is that of afterwards."""
        body = SwitchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        token = visible_token(request, token_id)
        switch_consumer(
            token=token,
            consumer=_consumer(token.integration_id, body.validated_data["consumer"]),
            switched=body.validated_data["switched"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return _answer(request, token_id)


def _answer(request: Request, token_id: UUID) -> Response:
    token = visible_token(request, token_id)
    found = switching_of(token, timezone.now())
    if found is None:
        raise WrongState(f"It is {token.state}: the question is asked of replaced tokens alone.")
    return Response(shown_switching(token, found))


def _check_whole(request: Request, integration_id: UUID) -> None:
    """A list of consumers is of all companies that the integration works for."""
    if not covers_integration(integration_id, reach_of(request.user, Permission.EDIT)):
        raise PermissionDenied(OTHERS)


def _integration(integration_id: UUID) -> Integration:
    found = Integration.objects.filter(pk=integration_id).first()
    if found is None:
        raise NotFound("There is no such integration.")
    return found


def _consumer(integration_id: UUID, consumer_id: UUID) -> Consumer:
    found = Consumer.objects.filter(pk=consumer_id, integration_id=integration_id).first()
    if found is None:
        raise NotFound("There is no such consumer.")
    return found
