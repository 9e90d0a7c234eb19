"""The shapes of access reviews over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, MapField, TextField, WordField
from tokens.errors import InvalidInput
from tokens.models import Review, ReviewItem
from tokens.policy.reviews import MOST_TOKENS, Answer
from tokens.selectors.filters import FREE, WORDS, Filters

ANSWERS = [word.value for word in Answer]


class ReviewSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """One review without its tokens."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    asked_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    closed_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(help_text="Of the result, once it is closed.")
    tokens = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Tokens that nobody decided about.")
    denied = serializers.IntegerField()


class ReviewPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReviewSerializer(many=True)


class ReviewItemSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One token of a review; `facts` are those of the day on which it began."""

    id = serializers.UUIDField()
    token = serializers.UUIDField()
    facts = serializers.DictField()
    reviewer = serializers.CharField()
    decision = serializers.ChoiceField(choices=ANSWERS, allow_null=True)
    reason = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField()


class WholeReviewSerializer(ReviewSerializer):
    items = ReviewItemSerializer(many=True)


class NewReviewSerializer(Closed):
    """A review to start. `reviewers` maps companies (id or name) to e-mails of their reviewers."""

    name = TextField()
    due_on = serializers.DateField()
    reviewer = TextField(help_text="E-mail of an account; looks at what no other one does.")
    reviewers = MapField(child=serializers.CharField(max_length=254), default=dict)
    filters = MapField(
        child=serializers.ListField(child=serializers.CharField(max_length=254)),
        default=dict,
        help_text="As in the inventory: company, integration, owner, environment, scope, flag, q.",
    )

    def chosen(self) -> Filters:
        """The filters. Raises InvalidInput naming the one that is wrong."""
        asked: dict[str, Any] = self.validated_data["filters"]
        unknown = asked.keys() - {"q", *FREE, *WORDS}
        if unknown:
            known = ", ".join(("q", *FREE, *WORDS))
            raise InvalidInput(f"holds a name that is none of {known}", field="filters")
        return Filters.parse(asked)


class DecisionSerializer(Closed):
    """The same decision about several items."""

    items = serializers.ListField(child=serializers.UUIDField(), max_length=MOST_TOKENS)
    decision = WordField(Answer)
    reason = TextField(required=False)


def review_dict(review: Review) -> dict[str, Any]:
    """One review of `selectors.reviews`, with its counts."""
    counted: Any = review
    return {
        "id": str(review.pk),
        "name": review.name,
        "asked_by": review.asked_by.email,
        "created_at": review.created_at,
        "due_on": review.due_on,
        "closed_at": review.closed_at,
        "signed_at": review.signed_at,
        "sha256": review.digest,
        "tokens": counted.tokens,
        "waiting": counted.waiting,
        "denied": counted.denied,
    }


def item_dict(item: ReviewItem) -> dict[str, Any]:
    """One token of a review."""
    return {
        "id": str(item.pk),
        "token": str(item.token_id),
        "facts": item.facts,
        "reviewer": item.reviewer.email,
        "decision": item.decision or None,
        "reason": item.reason,
        "decided_at": item.decided_at,
        "decided_by": item.decided_by,
    }
