"""The shapes of channels, webhooks and deliveries. An address goes in and never comes out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from tokens.api.fields import Closed, TextField, WordField
from tokens.errors import InvalidInput
from tokens.models import Company, DeliveryStatus, Integration
from tokens.policy.channels import TOPICS, Severity
from tokens.services.channels.add import Wanted

_TOPICS = ", ".join(TOPICS)


class NewChannelSerializer(Closed):
    """What a channel is called and told."""

    name = TextField()
    url = TextField(write_only=True, help_text="Sealed when it is stored; nothing shows it again.")
    topics = serializers.ListField(
        child=TextField(), required=False, default=list, help_text=f"None means all of: {_TOPICS}."
    )
    at_least = WordField(Severity, default=Severity.NOTICE.value)
    company = TextField(required=False, default="", help_text="An id; empty: all companies.")
    integration = TextField(required=False, default="", help_text="An id; empty: all.")
    active = serializers.BooleanField(default=True)

    def wanted(self) -> Wanted:
        """As the service takes it. Raises InvalidInput, which names the field."""
        given: dict[str, Any] = self.validated_data
        return Wanted(
            name=given["name"],
            topics=given["topics"],
            at_least=given["at_least"],
            company=_row(Company, given["company"], "company"),
            integration=_row(Integration, given["integration"], "integration"),
            active=given["active"],
        )


def _row(model: Any, text: str, field: str) -> Any:
    if not text:
        return None
    try:
        found = model.objects.filter(pk=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(f"is not the id of a known {field}", field=field)
    return found


class ChannelSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """A channel or a webhook, without its address and its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    shown = serializers.CharField(help_text="Scheme, and host where that is no secret.")
    topics = serializers.ListField(child=serializers.CharField())
    at_least = serializers.ChoiceField(choices=[word.value for word in Severity])
    company = serializers.UUIDField(source="company_id", allow_null=True)
    integration = serializers.UUIDField(source="integration_id", allow_null=True)
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="The last acceptance.")
    failing_since = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.IntegerField(help_text="Deliveries that wait.")


class NewWebhookSerializer(ChannelSerializer):
    """The answer to a new webhook: its signing secret stands here and nowhere else."""

    secret = serializers.CharField(help_text="whsec_…; it cannot be shown again.")


class DeliverySerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One thing that one channel was, or is to be, told."""

    id = serializers.UUIDField(source="pk")
    webhook_id = serializers.CharField(source="message_id", help_text="The same at every attempt.")
    channel = serializers.UUIDField(source="channel_id")
    topic = serializers.CharField()
    token = serializers.UUIDField(source="token_id", allow_null=True)
    occasion = serializers.CharField()
    threshold = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[word.value for word in DeliveryStatus])
    attempts = serializers.IntegerField()
    status_code = serializers.IntegerField(allow_null=True)
    problem = serializers.CharField(source="last_problem")
    created_at = serializers.DateTimeField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
