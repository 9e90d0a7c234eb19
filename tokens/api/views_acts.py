"""What is done with one token over the API: record its revocation, report its use."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import reach_of
from tokens.api.approvals import ApprovalSerializer, shown
from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.serializers import (
    NewRevocationSerializer,
    NewUsageSerializer,
    RevocationSerializer,
    UsageSerializer,
)
from tokens.api.usage import UseSerializer, as_dict
from tokens.api.views import check_whole_value, visible_token
from tokens.models import Revocation, Token
from tokens.policy.roles import Permission, Reach
from tokens.policy.two_people import Rule
from tokens.policy.vocabulary import Proof
from tokens.selectors.beside import witnesses_of
from tokens.selectors.wrong_target import behind_contradiction
from tokens.services.approvals import ask_revocation
from tokens.services.record_revocation import record_revocation
from tokens.services.report_usage import report_usage
from tokens.services.two_people import asks_another


class RevocationView(ApiView):
    """The revocation of one token."""

    needs = {"GET": Permission.VIEW, "POST": Permission.REVOKE}  # noqa: RUF012
    within = frozenset({"GET", "POST"})

    @extend_schema(operation_id="tokens_revocation_retrieve", responses=RevocationSerializer)
    def get(self, request: Request, token_id: UUID) -> Response:
        """What is recorded and what is proved; `proof` is none where nothing is recorded."""
        return Response(_revocation(request, visible_token(request, token_id)))

    @extend_schema(
        operation_id="tokens_revocation_create",
        request=NewRevocationSerializer,
        responses={201: RevocationSerializer, 202: ApprovalSerializer},
    )
    def post(self, request: Request, token_id: UUID) -> Response:
        """Record that a person revoked it in Coolset; checks prove it in the minutes after.

        Where the two-person rule is on: 202, with the request that waits for another person.
        """
        token = visible_token(request, token_id)
        check_whole_value(request, token, Permission.REVOKE)
        body = NewRevocationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actor, now = actor_of(request), timezone.now()
        given: dict[str, Any] = {
            "token": token,
            "reason": body.validated_data["reason"],
            "by": body.validated_data.get("by") or actor.name,
            "at": body.validated_data.get("at"),
            "actor": actor,
            "now": now,
        }
        if asks_another(Rule.REVOCATION, actor):
            asked = ask_revocation(**given)
            return Response(shown(asked, now), status=status.HTTP_202_ACCEPTED)
        record_revocation(**given)
        answer = _revocation(request, visible_token(request, token_id))
        return Response(answer, status=status.HTTP_201_CREATED)


class UsageView(ApiView):
    """Reports of use, by the integration itself and its key alone; what is known, by accounts."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012 - see ApiView
    for_keys = frozenset({"POST"})
    within = frozenset({"GET"})

    @extend_schema(operation_id="tokens_usage_retrieve", responses=UseSerializer)
    def get(self, request: Request, token_id: UUID) -> Response:
        """Who saw the token in use and when, and who used it where they are named."""
        token = visible_token(request, token_id)
        return Response(UseSerializer(as_dict(token, timezone.now())).data)

    @extend_schema(
        operation_id="tokens_usage_create",
        request=NewUsageSerializer,
        responses={201: UsageSerializer},
    )
    def post(self, request: Request, token_id: UUID) -> Response:
        """Say that the integration used the token, now or at `seen_at`. Needs a usage key."""
        token = visible_token(request, token_id)
        body = NewUsageSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        usage = report_usage(
            token=token,
            key=request.user.key,  # type: ignore[union-attr]  # for_keys lets nobody else in
            seen_at=body.validated_data.get("seen_at"),
            address=body.validated_data.get("address", ""),
            user_agent=body.validated_data.get("user_agent", ""),
            now=timezone.now(),
        )
        seen = {"first_seen_at": usage.first_seen_at, "last_seen_at": usage.last_seen_at}
        return Response({"token": str(token.pk), **seen}, status=status.HTTP_201_CREATED)


def _revocation(request: Request, token: Token) -> dict[str, Any]:
    record = (
        Revocation.objects.filter(secret_id=token.secret_id)
        .select_related("token__company", "token__integration")
        .first()
    )
    answer: dict[str, Any] = {
        "token": str(token.pk),
        "state": token.state,
        "proof": Proof.NONE.value,
        "destroyed_at": token.secret.destroyed_at,
    }
    for name in ("proof", "proof_reason", "reason", "by", "recorded_by", "approved_by"):
        answer[name] = getattr(record, name, answer.get(name, ""))
    for name in _MOMENTS:
        answer[name] = getattr(record, name, None)
    reach = reach_of(request.user)
    answer["others_accepted"] = _others_accepted(record, reach) if record else 0
    suspected = behind_contradiction(record, reach=reach) if record else ()
    answer["suspects"] = [str(each.hit.id) for each in suspected]
    return answer


def _others_accepted(record: Revocation, reach: Reach) -> int:
    """Of one's own, those that are named; how many worked in all is the organisation's to know."""
    return record.witness_count if reach.whole else len(witnesses_of(record, reach))


_MOMENTS = (
    "revoked_at",
    "recorded_at",
    "last_accepted_at",
    "first_refused_at",
    "confirmed_at",
    "contradicted_at",
)
