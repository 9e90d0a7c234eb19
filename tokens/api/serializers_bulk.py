"""The shapes of acts on many tokens."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, MapField, MomentField, TextField, WordField
from tokens.policy.bulk import SKIP_WORDS, BulkAction
from tokens.selectors.filters import NAMES

_FILTERS = frozenset(NAMES) - {"sort"}
#: So many ids go into one body; more are chosen by `filters`.
MOST_IDS = 1000


class NewBulkSerializer(Closed):
    """Which tokens, what is done to them, and what that needs."""

    action = WordField(BulkAction)
    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=MOST_IDS, allow_empty=False
    )
    filters = MapField(
        child=TextField(),
        required=False,
        help_text="Instead of ids: names and words as in the list of tokens, of all states.",
    )
    preview = serializers.BooleanField(default=True, help_text="True: only say what would happen.")
    owner_email = TextField(required=False, help_text="For owner; empty: nobody.")
    policy = serializers.IntegerField(
        required=False, allow_null=True, help_text="For policy; null: that of their place."
    )
    reason = TextField(required=False, help_text="For revocation.")
    by = TextField(required=False, help_text="For revocation: who did it; default: the caller.")
    at = MomentField(required=False, allow_null=True, help_text="For revocation: when.")
    number = serializers.IntegerField(
        required=False, help_text="For revocation: how many tokens the preview said."
    )

    def validate_filters(self, given: dict[str, str]) -> dict[str, str]:
        """A misspelt filter must not mean every token, and neither must none."""
        if not given or not given.keys() <= _FILTERS:
            raise serializers.ValidationError("needs names out of " + ", ".join(sorted(_FILTERS)))
        return given

    def validate(self, attrs: Any) -> Any:
        """One way to choose, and what the act cannot do without."""
        if ("ids" in attrs) == ("filters" in attrs):
            raise serializers.ValidationError({"ids": ["give either ids or filters"]})
        action = BulkAction(attrs["action"])
        needed = {BulkAction.OWNER: "owner_email", BulkAction.POLICY: "policy"}.get(action)
        if needed and needed not in attrs:
            raise serializers.ValidationError({needed: ["is required"]})
        return attrs


class PassedSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    id = serializers.UUIDField()
    why = serializers.ChoiceField(choices=[word.value for word in SKIP_WORDS])
    detail = serializers.CharField(help_text="The same in words.")


class BulkSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What would be done, or was. Each token stands in one of the two lists."""

    preview = serializers.BooleanField()
    number = serializers.IntegerField(help_text="How many tokens it is done to.")
    done = serializers.ListField(child=serializers.UUIDField())
    skipped = PassedSerializer(many=True)
    also_revoked = serializers.IntegerField(
        help_text="Tokens beside these that hold one of the values and are revoked with them."
    )
