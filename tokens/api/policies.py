"""The shapes of policies over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, TextField, WordField
from tokens.policy.book import Book, PolicyFacts
from tokens.policy.numbers import LIMITS
from tokens.policy.vocabulary import Environment, Scope
from tokens.selectors.policies import Listed
from tokens.selectors.policy_preview import Preview
from tokens.services.propose_policy import proposal_of, words_of


def _number(name: str) -> serializers.IntegerField:
    lowest, highest = LIMITS[name]
    return serializers.IntegerField(min_value=lowest, max_value=highest, required=False)


class NewPolicySerializer(Closed):
    """A policy to be. What is left out is, of a new one, as the base policy has it; of one that is
    there, as it is. Company and integration come by name; empty means any."""

    name = TextField(required=False)
    company = TextField(required=False)
    integration = TextField(required=False)
    environment = WordField(Environment, required=False, allow_blank=True)
    scope = WordField(Scope, required=False, allow_blank=True)
    rotate_days = _number("rotate_days")
    warn_days = _number("warn_days")
    unused_days = _number("unused_days")
    stale_hours = _number("stale_hours")
    overlap_days = _number("overlap_days")
    thresholds = serializers.ListField(
        child=serializers.IntegerField(min_value=0),
        required=False,
        allow_empty=False,
        help_text="Days left at which the owner is reminded.",
    )

    def proposal(self, book: Book, present: PolicyFacts | None) -> PolicyFacts:
        """The policy as it would be. Raises InvalidInput and AlreadyKnown naming the field."""
        given: dict[str, Any] = self.validated_data
        days = given.get("thresholds")
        words = None if days is None else " ".join(str(each) for each in days)
        return proposal_of(given, words, book, present)


class PolicySerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """A policy; the base one has id 1 and no name."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    company = serializers.CharField(help_text="Empty: any.")
    integration = serializers.CharField(help_text="Empty: any.")
    environment = serializers.CharField(help_text="Empty: any.")
    scope = serializers.CharField(help_text="Empty: any.")
    applies_to = serializers.CharField(help_text="The same in words.")
    rotate_days = serializers.IntegerField()
    warn_days = serializers.IntegerField()
    unused_days = serializers.IntegerField()
    stale_hours = serializers.IntegerField()
    overlap_days = serializers.IntegerField()
    thresholds = serializers.ListField(child=serializers.IntegerField())
    tokens = serializers.IntegerField(help_text="How many go by it, revoked ones left out.")


class EffectSerializer(serializers.Serializer):  # type: ignore[type-arg]
    flag = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class PolicyPreviewSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What would follow today; nothing was saved."""

    applied = serializers.IntegerField(help_text="Tokens that go by it now.")
    applies = serializers.IntegerField(help_text="Tokens that would.")
    joins = serializers.IntegerField()
    leaves = serializers.IntegerField()
    effects = EffectSerializer(many=True)
    newly_flagged = serializers.ListField(
        child=serializers.UUIDField(), help_text="The first ten tokens flagged then and not now."
    )


class TokenPolicySerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The policy that holds for a token, and why."""

    policy = serializers.IntegerField(help_text="Its id; 1 is the base policy.")
    name = serializers.CharField(help_text="Empty for the base policy.")
    by_hand = serializers.BooleanField()
    why = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True, help_text="Null: since it was stored.")
    due_at = serializers.DateTimeField()


class ChosenPolicySerializer(Closed):
    """Which policy to choose by hand; null: by its place again."""

    policy = serializers.IntegerField(allow_null=True, min_value=1, max_value=32767)


def shown(one: Listed) -> dict[str, Any]:
    """A policy as PolicySerializer takes it."""
    rules = one.policy.rules
    return {
        "id": one.policy.id,
        **words_of(one.policy),
        "applies_to": one.about,
        **{name: getattr(rules, name) for name in LIMITS},
        "thresholds": list(rules.thresholds),
        "tokens": one.tokens,
    }


def shown_preview(found: Preview) -> dict[str, Any]:
    """A preview as PolicyPreviewSerializer takes it."""
    counts = {name: getattr(found, name) for name in ("applied", "applies", "joins", "leaves")}
    effects = [
        {"flag": one.flag, "before": one.before, "after": one.after} for one in found.effects
    ]
    newly = [one.id for one in found.examples]
    return {**counts, "effects": effects, "newly_flagged": newly}
