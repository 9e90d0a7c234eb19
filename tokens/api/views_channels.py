"""Channels, webhooks and their deliveries over the API: list, add, remove."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.shapes_channels import (
    ChannelSerializer,
    DeliverySerializer,
    NewChannelSerializer,
    NewWebhookSerializer,
)
from tokens.errors import InvalidInput, NotFound
from tokens.models import Channel, Delivery
from tokens.policy.channels import Way
from tokens.policy.roles import Permission
from tokens.selectors.channels import channels
from tokens.services.channels.add import add_channel
from tokens.services.channels.change import remove_channel

_ALL = {"GET": Permission.VIEW, "POST": Permission.CHANNELS}
_SINGLE = {"GET": Permission.VIEW, "DELETE": Permission.CHANNELS}


class _Listed(ApiView):
    way: ClassVar[Way]

    def answer_all(self) -> Response:
        return Response(ChannelSerializer(channels(self.way), many=True).data)

    def add(self, request: Request) -> Response:
        body = NewChannelSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        added = add_channel(
            way=self.way,
            url=body.validated_data["url"],
            wanted=body.wanted(),
            actor=actor_of(request),
            now=timezone.now(),
        )
        answer = dict(ChannelSerializer(_one(added.channel.pk, self.way)).data)
        if added.secret:
            answer["secret"] = added.secret
        return Response(answer, status=status.HTTP_201_CREATED)


class ChannelsView(_Listed):
    """Channels of chats and pagers."""

    needs = _ALL
    way = Way.MESSAGE

    @extend_schema(operation_id="channels_list", responses=ChannelSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All channels, by name."""
        return self.answer_all()

    @extend_schema(
        operation_id="channels_create",
        request=NewChannelSerializer,
        responses={201: ChannelSerializer},
    )
    def post(self, request: Request) -> Response:
        """Add a channel by the address of its service, as apprise writes it."""
        return self.add(request)


class WebhooksView(_Listed):
    """Webhooks."""

    needs = _ALL
    way = Way.WEBHOOK

    @extend_schema(operation_id="webhooks_list", responses=ChannelSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All webhooks, by name."""
        return self.answer_all()

    @extend_schema(
        operation_id="webhooks_create",
        request=NewChannelSerializer,
        responses={201: NewWebhookSerializer},
    )
    def post(self, request: Request) -> Response:
        """Add a webhook; the answer holds its signing secret, which nothing shows again."""
        return self.add(request)


class _Single(ApiView):
    way: ClassVar[Way]

    def answer(self, channel_id: UUID) -> Response:
        return Response(ChannelSerializer(_one(channel_id, self.way)).data)

    def remove(self, request: Request, channel_id: UUID) -> Response:
        one = _one(channel_id, self.way)
        remove_channel(channel=one, actor=actor_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChannelView(_Single):
    """One channel."""

    needs = _SINGLE
    way = Way.MESSAGE

    @extend_schema(operation_id="channels_retrieve", responses=ChannelSerializer)
    def get(self, request: Request, channel_id: UUID) -> Response:
        return self.answer(channel_id)

    @extend_schema(operation_id="channels_destroy", responses={204: None})
    def delete(self, request: Request, channel_id: UUID) -> Response:
        """Remove it with its address and its log."""
        return self.remove(request, channel_id)


class WebhookView(_Single):
    """One webhook."""

    needs = _SINGLE
    way = Way.WEBHOOK

    @extend_schema(operation_id="webhooks_retrieve", responses=ChannelSerializer)
    def get(self, request: Request, channel_id: UUID) -> Response:
        return self.answer(channel_id)

    @extend_schema(operation_id="webhooks_destroy", responses={204: None})
    def delete(self, request: Request, channel_id: UUID) -> Response:
        """Remove it with its address, its secret and its log."""
        return self.remove(request, channel_id)


class LatestFirst(CursorPagination):
    """Follow `next` until it is null."""

    page_size = 100
    ordering = ("-created_at", "-id")


class DeliveriesView(ApiView, ListAPIView):  # type: ignore[type-arg]  # as in fields.py
    """What channels and webhooks were told, the latest first."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012
    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    pagination_class = LatestFirst

    @extend_schema(
        operation_id="deliveries_list",
        parameters=[
            OpenApiParameter("channel", OpenApiTypes.UUID, description="Of this one alone.")
        ],
    )
    def get(self, request: Request, *args: Any, **options: Any) -> Response:
        """The log; narrow it by `channel`."""
        return super().get(request, *args, **options)

    def get_queryset(self) -> QuerySet[Delivery]:
        found: QuerySet[Delivery] = super().get_queryset()
        asked = self.request.query_params.get("channel", "")
        if not asked:
            return found
        try:
            return found.filter(channel=UUID(asked))
        except ValueError:
            raise InvalidInput("is not an id", field="channel") from None


def _one(channel_id: UUID, way: Way) -> Any:
    found: Channel | None = channels(way).filter(pk=channel_id).first()
    if found is None:
        raise NotFound("There is no such channel.")
    return found
