"""The shapes of exceptions over the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, TextField, WordField
from tokens.models import PolicyException
from tokens.policy.exceptions import MAY_BE_EXCEPTED, Act, Decision, Standing
from tokens.policy.vocabulary import Flag
from tokens.selectors.exceptions import listed

#: The words of two columns, named here so that the schema calls every use the same.
DECISIONS = [word.value for word in Decision]
STANDINGS = [word.value for word in Standing]
_ALLOWED = ", ".join(sorted(MAY_BE_EXCEPTED))


class ExceptionSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """One exception of one token, and where it stands today (UTC)."""

    id = serializers.UUIDField()
    token = serializers.UUIDField()
    company = serializers.CharField()
    integration = serializers.CharField()
    environment = serializers.CharField()
    flags = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    ends_on = serializers.DateField(help_text="Its last day, UTC.")
    standing = serializers.ChoiceField(choices=STANDINGS)
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decision = serializers.ChoiceField(choices=DECISIONS)
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = serializers.CharField()
    closed_by = serializers.CharField(help_text="Who ended it early, or took note of its end.")
    closed_at = serializers.DateTimeField(allow_null=True)


class ExceptionPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The latest first; follow `next` until it is null."""

    next = serializers.URLField(allow_null=True)
    results = ExceptionSerializer(many=True)


class NewExceptionSerializer(Closed):
    """What is asked for; nothing is silent before somebody else approves."""

    token = serializers.UUIDField()
    flags = serializers.ListField(child=WordField(Flag), help_text=f"One or several of {_ALLOWED}.")
    reason = TextField()
    ends_on = serializers.DateField(help_text="The last day, UTC; a year ahead at most.")


class ExceptionActSerializer(Closed):
    """What is done with it."""

    act = WordField(Act, help_text="refuse needs a reason; end closes it early, or after its end.")
    reason = TextField(required=False)


def shown(one: PolicyException, today: date) -> dict[str, Any]:
    """The exception (with its token) in the shape of `ExceptionSerializer`."""
    (each,) = listed([one], today)
    names = (
        "flags", "reason", "ends_on", "asked_by", "asked_at", "decision", "decided_by",
        "decided_at", "decision_reason", "closed_by", "closed_at",
    )  # fmt: skip
    return {
        "id": str(one.pk),
        "token": str(one.token_id),
        "company": one.token.company.name,
        "integration": one.token.integration.name,
        "environment": one.token.environment,
        "standing": each.standing.value,
        **{name: getattr(one, name) for name in names},
    }
