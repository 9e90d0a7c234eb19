"""The shapes of the API. A token has the columns of the inventory export, under the same names."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tokens.api.fields import Closed, MomentField, TextField, TokenField, WordField
from tokens.errors import InvalidInput
from tokens.policy.vocabulary import Environment, Flag, Health, Outcome, Proof, Scope, State
from tokens.services.entries import Entry

#: Named in the settings, so that the schema calls both uses the same.
PROOFS = [word.value for word in Proof]


def _at(**options: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True, **options)


def _words(vocabulary: Any, **options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=[word.value for word in vocabulary], **options)


class TokenSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """One token, without its value."""

    id = serializers.UUIDField()
    company = serializers.CharField()
    workspace_id = serializers.IntegerField(allow_null=True)
    integration = serializers.CharField()
    environment = _words(Environment)
    scope = _words(Scope)
    label = serializers.CharField()  # type: ignore[assignment]  # DRF's own attribute gives way
    owner_email = serializers.CharField()
    created_by_email = serializers.CharField()
    hint = serializers.CharField(help_text="The vendor's prefix and, of a long one, the last four.")
    replaces = serializers.UUIDField(allow_null=True)
    state = _words(State)
    health = _words(Health)
    flags = serializers.ListField(child=_words(Flag), help_text="Sorted.")
    issued_at = _at()
    age_days = serializers.IntegerField(help_text="At least, where issued_at is null.")
    due_at = serializers.DateTimeField(help_text="Midnight UTC that opens the due day.")
    last_checked_at = _at()
    last_outcome = _words(Outcome, allow_blank=True)
    last_conclusive_at = _at()
    last_used_at = _at()
    last_used_evidence = serializers.CharField(help_text="report, log, headers, or empty.")
    revoked_at = _at()
    revocation_proof = serializers.ChoiceField(choices=PROOFS)


class TokenPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One page of tokens; follow `next` until it is null."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TokenSerializer(many=True)


class NewTokenSerializer(Closed):
    """A token to store; the names and rules are those of the import's columns."""

    company = TextField()
    workspace_id = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**63 - 1
    )
    integration = TextField()
    environment = WordField(Environment)
    scope = WordField(Scope)
    owner_email = TextField(required=False)
    created_by_email = TextField(required=False)
    issued_at = MomentField(required=False, allow_null=True)
    token = TokenField(required=False, allow_null=True)
    held = serializers.BooleanField(default=True, help_text="False: nobody has the value.")
    label = TextField(required=False)  # type: ignore[assignment]
    where = TextField(required=False)
    runbook_url = TextField(required=False)
    allow_shared = serializers.BooleanField(
        default=False, help_text="Store a value that is stored already as shared."
    )

    def entry(self) -> Entry:
        """What register_token takes. Raises InvalidInput where token and held contradict."""
        data: dict[str, Any] = self.validated_data
        value: str | None = data.get("token")
        if data["held"] and value is None:
            raise InvalidInput("is required, unless held is false", field="token")
        if not data["held"] and value is not None:
            raise InvalidInput("must be absent where held is false", field="token")
        texts = ("owner_email", "created_by_email", "label", "where", "runbook_url")
        return Entry(
            company_name=data["company"],
            integration_name=data["integration"],
            environment=data["environment"],
            scope=data["scope"],
            workspace_id=data.get("workspace_id"),
            issued_at=data.get("issued_at"),
            value=value,
            **{name: data.get(name, "") for name in texts},
        )


class RevocationSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """That a token was revoked in Coolset, and what proves it. Nulls where nothing is recorded."""

    token = serializers.UUIDField()
    state = _words(State)
    proof = serializers.ChoiceField(choices=PROOFS)
    proof_reason = serializers.CharField(help_text="Why it cannot be proved, or empty.")
    reason = serializers.CharField()
    by = serializers.CharField()
    recorded_by = serializers.CharField()
    approved_by = serializers.CharField(
        help_text="Who approved what recorded_by asked for, where two people were needed."
    )
    revoked_at = _at()
    recorded_at = _at()
    last_accepted_at = _at()
    first_refused_at = _at()
    confirmed_at = _at()
    contradicted_at = _at()
    others_accepted = serializers.IntegerField(
        help_text="Other tokens that Coolset accepted in the minutes of the refusals."
    )
    destroyed_at = _at(help_text="When our copy of the value was destroyed.")
    suspects = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Tokens that may have been revoked instead of this one.",
    )


class NewRevocationSerializer(Closed):
    """A revocation that a person did in Coolset."""

    reason = TextField()
    by = TextField(
        required=False, help_text="Who revoked it; default: the account. A key names a person."
    )
    at = MomentField(required=False, allow_null=True)


class NewUsageSerializer(Closed):
    """That the integration used the token; an empty body means now."""

    seen_at = MomentField(required=False, allow_null=True)
    address = TextField(
        required=False, help_text="From where: an IP address or a host name. Personal data."
    )
    user_agent = TextField(required=False, help_text="By what program: up to 200 characters.")


class UsageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    token = serializers.UUIDField()
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()


class CompanySerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    name = serializers.CharField()
    workspace_id = serializers.IntegerField(allow_null=True)
    tokens = serializers.IntegerField(source="in_force", help_text="Those not revoked.")
    reconciled_at = _at(help_text="When its list in Coolset was last compared with ours.")


class IntegrationSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    owner_email = serializers.CharField(source="owner.email", default="")
    second_contact_email = serializers.CharField(source="second_contact.email", default="")
    tokens = serializers.IntegerField(source="in_force", help_text="Those not revoked.")
    first_reported_at = _at(help_text="When it first reported use of a token.")
