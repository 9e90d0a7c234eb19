"""What the API says of a token's use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rest_framework import serializers

from tokens.models import Token
from tokens.policy.vocabulary import EvidenceSource
from tokens.selectors.usage import Source, Use, Who, cover_of, use_of

DAYS = 30
SOURCES = [word.value for word in EvidenceSource]


class SightingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Who used it, as the source named them."""

    address = serializers.CharField(help_text="An IP address or a host name, or empty.")
    user_agent = serializers.CharField(help_text="Or empty.")
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    count = serializers.IntegerField(help_text="How often they were told, at least.")
    folded = serializers.IntegerField(
        help_text="0; in a row without a name: how many older ones it stands for."
    )


class UsageSourceSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What one source saw."""

    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]
    first_seen_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    hours_looked = serializers.IntegerField(
        allow_null=True,
        help_text=f"Of the last {DAYS * 24} hours; null for a source that never looks in vain.",
    )
    hours_seen = serializers.IntegerField(help_text=f"Of the last {DAYS * 24} hours.")
    sightings = SightingSerializer(many=True, help_text="The latest first.")


class UseSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Evidence of one token's use; its value may serve several tokens."""

    token = serializers.UUIDField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_evidence = serializers.CharField(help_text="report, log, headers, or empty.")
    logs_cover_since = serializers.DateTimeField(allow_null=True)
    logs_cover_until = serializers.DateTimeField(allow_null=True)
    sources = UsageSourceSerializer(many=True, help_text="The latest use first.")


def as_dict(token: Token, now: datetime) -> dict[str, Any]:
    """The evidence of a token's use in the shape of `UseSerializer`."""
    secret, use, cover = token.secret, use_of(token.secret_id), cover_of(token.secret)
    return {
        "token": token.pk,
        "last_used_at": secret.last_used_at,
        "last_used_evidence": secret.last_used_evidence,
        "logs_cover_since": cover.since if cover else None,
        "logs_cover_until": cover.until if cover else None,
        "sources": [_source(source, use, now) for source in use.sources],
    }


def _source(source: Source, use: Use, now: datetime) -> dict[str, Any]:
    since = now - timedelta(hours=DAYS * 24 - 1)
    looked, seen, _ = source.hours.hours(since, now)
    named = [who for who in use.who() if who.source == source.source]
    return {
        "source": source.source,
        "first_seen_at": source.first_seen_at,
        "last_seen_at": source.last_seen_at,
        "hours_looked": looked if source.looks else None,
        "hours_seen": seen,
        "sightings": [_who(who) for who in named],
    }


def _who(who: Who) -> dict[str, Any]:
    names = ("address", "user_agent", "first_seen_at", "last_seen_at", "count", "folded")
    return {name: getattr(who, name) for name in names}
