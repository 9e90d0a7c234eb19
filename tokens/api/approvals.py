"""The shapes of requests of the two-person rule over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, TextField, WordField
from tokens.models import Approval
from tokens.policy.two_people import Act, Kind, Outcome
from tokens.services.approvals.touched import tokens_of

#: The words of two columns, named here so that the schema calls every use the same.
APPROVAL_KINDS = [word.value for word in Kind]
APPROVAL_OUTCOMES = [word.value for word in Outcome]


class ApprovalSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """One request, and where it stands now. A key is collected on the page, by its asker alone."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=APPROVAL_KINDS)
    about = serializers.CharField()
    tokens = serializers.ListField(child=serializers.UUIDField())
    reason = serializers.CharField()
    asked_by = serializers.CharField(help_text="A person; behind a script, whoever made its key.")
    asked_with = serializers.CharField(help_text="The name of the script's key, or empty.")
    asked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=APPROVAL_OUTCOMES)
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()


class ApprovalPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The latest first; follow `next` until it is null."""

    next = serializers.URLField(allow_null=True)
    results = ApprovalSerializer(many=True)


class ApprovalActSerializer(Closed):
    """What is done with it."""

    act = WordField(Act, help_text="refuse needs a reason; withdraw is for whoever asked.")
    reason = TextField(required=False)


def shown(one: Approval, now: datetime) -> dict[str, Any]:
    """The request in the shape of `ApprovalSerializer`."""
    names = (
        "kind", "about", "asked_by", "asked_at", "expires_at", "decided_by", "decided_at",
        "decision_reason",
    )  # fmt: skip
    return {
        "id": str(one.pk),
        "tokens": [str(token) for token in tokens_of(one)],
        "reason": one.details.get("reason", ""),
        "asked_with": one.asked_with.name if one.asked_with else "",
        "outcome": one.stands(now).value,
        **{name: getattr(one, name) for name in names},
    }
