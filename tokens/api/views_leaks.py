"""Values that scanners found: which of them are known here. Nothing that was sent is repeated."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.fields import Closed, TextField
from tokens.api.views import visible
from tokens.policy.roles import Permission
from tokens.services.identify import Found, identify_many
from tokens.throttle import Throttle

MOST = 1000
#: Per account; enough for any scanner that sends its finds together.
THROTTLE = Throttle(scope="leaks", limit=30, seconds=60)


class CandidatesSerializer(Closed):
    """Values that may be tokens. They are fingerprinted, compared and forgotten."""

    candidates = serializers.ListField(
        child=TextField(required=False),
        min_length=1,
        max_length=MOST,
        write_only=True,
        help_text=f"1 to {MOST} values.",
    )


class KnownTokenSerializer(serializers.Serializer):  # type: ignore[type-arg]  # see fields.py
    """A token that holds, or held, the value."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    compromised = serializers.BooleanField(help_text="Recorded as compromised already.")


class AnswerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """About the candidate at this place in the list."""

    index = serializers.IntegerField(help_text="From 0 on.")
    known = serializers.BooleanField()
    tokens = KnownTokenSerializer(many=True)


class AnswersSerializer(serializers.Serializer):  # type: ignore[type-arg]
    results = AnswerSerializer(many=True)


class LeaksView(ApiView):
    """For scanners of repositories and logs, on an administrator's session."""

    needs = {"POST": Permission.LEAKS}  # noqa: RUF012 - see ApiView

    @extend_schema(
        operation_id="leaks_create", request=CandidatesSerializer, responses=AnswersSerializer
    )
    def post(self, request: Request) -> Response:
        """Which of these values are tokens of the inventory; the question is audited."""
        if not THROTTLE.take(str(request.user.pk)):
            raise Throttled(wait=THROTTLE.seconds)
        body = CandidatesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        found = identify_many(
            values=body.validated_data["candidates"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        ids = {token.pk for each in found for token in each.tokens}
        seen = set(visible(request).filter(pk__in=ids).values_list("pk", flat=True))
        results = [_answer(index, each, seen) for index, each in enumerate(found)]
        return Response({"results": results})


def _answer(index: int, found: Found, seen: set[Any]) -> dict[str, Any]:
    tokens = [
        {
            "id": str(token.pk),
            "state": token.state,
            "compromised": hasattr(token.secret, "compromise"),
        }
        for token in found.tokens
        if token.pk in seen
    ]
    return {"index": index, "known": bool(found), "tokens": tokens}
