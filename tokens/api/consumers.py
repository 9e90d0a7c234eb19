"""The shapes of consumers and of the answer to "may it be revoked?" over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, TextField
from tokens.models import Consumer, Token
from tokens.policy.safe_to_revoke import Answer, Reason
from tokens.selectors.safe_to_revoke import Switching

_BOTH = "production, development, or empty where it uses the tokens of both."


class NewConsumerSerializer(Closed):
    """Something that uses an integration's tokens."""

    name = TextField(help_text="As people call it: the job, and where it runs.")
    where = TextField(required=False, help_text="Where, and whom to ask.")
    environment = TextField(required=False, help_text=_BOTH)


class ConsumerChangeSerializer(Closed):
    """What is to be different; what is left out stays."""

    name = TextField(required=False)
    where = TextField(required=False)
    environment = TextField(required=False, help_text=_BOTH)


class ConsumerSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """One consumer; `retired_at` is null while it uses tokens."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    where = serializers.CharField()
    environment = serializers.CharField(help_text=_BOTH)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    retired_at = serializers.DateTimeField(allow_null=True)


class SwitchSerializer(Closed):
    """One tick of the checklist."""

    consumer = serializers.UUIDField(
        error_messages={"invalid": "is not the id of a consumer"}, help_text="Its id."
    )
    switched = serializers.BooleanField(default=True, help_text="false takes the tick away again.")


class LineSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One consumer of the checklist; `switched_at` is null where it is not ticked."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    where = serializers.CharField()
    switched_at = serializers.DateTimeField(allow_null=True)
    switched_by = serializers.CharField()


class SafeToRevokeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Whether a replaced token may be revoked, and what that rests on."""

    token = serializers.UUIDField()
    answer = serializers.ChoiceField(choices=[word.value for word in Answer])
    why = serializers.ChoiceField(choices=[word.value for word in Reason])
    sentences = serializers.ListField(
        child=serializers.CharField(), help_text="The answer in words, then why and how sure."
    )
    since = serializers.DateTimeField(help_text="Use counts from here on.")
    last_seen_at = serializers.DateTimeField(
        allow_null=True, help_text="The latest use since the replacement."
    )
    last_seen_by = serializers.CharField(
        allow_null=True, help_text="report, log, headers, or null."
    )
    watched_from = serializers.DateTimeField(
        help_text="The hours below count from here on: their calls are surely of after `since`."
    )
    hours_looked = serializers.IntegerField(help_text="By call count, of `hours`.")
    hours_seen = serializers.IntegerField()
    hours = serializers.IntegerField()
    consumers = LineSerializer(many=True)


def shown_consumer(one: Consumer) -> dict[str, Any]:
    """A consumer as `ConsumerSerializer` describes it."""
    names = ("name", "where", "environment", "created_at", "created_by", "retired_at")
    return {"id": str(one.pk)} | {name: getattr(one, name) for name in names}


def shown_switching(token: Token, found: Switching) -> dict[str, Any]:
    """The answer as `SafeToRevokeSerializer` describes it."""
    finding = found.finding
    return {
        "token": str(token.pk),
        "answer": finding.answer.value,
        "why": finding.reason.value,
        "sentences": [found.words.title, *found.words.because],
        "since": finding.since,
        "last_seen_at": finding.last_seen_at,
        "last_seen_by": None if finding.last_seen_by is None else finding.last_seen_by.value,
        "watched_from": finding.watched_from,
        "hours_looked": finding.looked,
        "hours_seen": finding.seen,
        "hours": finding.total,
        "consumers": [
            {
                "id": str(line.id),
                "name": line.name,
                "where": line.where,
                "switched_at": line.at,
                "switched_by": line.by,
            }
            for line in found.lines
        ],
    }
