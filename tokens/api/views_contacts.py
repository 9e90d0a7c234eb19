"""Whom an integration's reminders go to when nobody acts, over the API."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.fields import Closed, TextField
from tokens.errors import InvalidInput, NotFound
from tokens.models import Integration
from tokens.policy.roles import Permission
from tokens.services.edit_integration import edit_integration


class ContactSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """The second contact of an integration."""

    email = serializers.CharField(help_text="Empty where there is none.")


class NewContactSerializer(Closed):
    """Another second contact; an empty e-mail: none."""

    email = TextField(required=False)


class SecondContactView(ApiView):
    """The second contact of one integration."""

    needs = {"GET": Permission.VIEW, "PUT": Permission.EDIT}  # noqa: RUF012 - see ApiView

    @extend_schema(operation_id="integrations_second_contact_retrieve", responses=ContactSerializer)
    def get(self, request: Request, integration_id: UUID) -> Response:
        """Who is reminded too from 7 days before a token is due."""
        return Response(_shown(_integration(integration_id)))

    @extend_schema(
        operation_id="integrations_second_contact_update",
        request=NewContactSerializer,
        responses=ContactSerializer,
    )
    def put(self, request: Request, integration_id: UUID) -> Response:
        """Name another, or none. Who was told already is not told again."""
        one = _integration(integration_id)
        body = NewContactSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        email = body.validated_data.get("email", "")
        try:
            actor, now = actor_of(request), timezone.now()
            edit_integration(integration=one, second_contact_email=email, actor=actor, now=now)
        except InvalidInput as error:
            raise InvalidInput(error.message, field="email") from None
        return Response(_shown(_integration(integration_id)))


def _integration(integration_id: UUID) -> Integration:
    found = Integration.objects.select_related("second_contact").filter(pk=integration_id).first()
    if found is None:
        raise NotFound("There is no such integration.")
    return found


def _shown(one: Integration) -> dict[str, str]:
    return {"email": one.second_contact.email if one.second_contact else ""}
