"""Who is told of a token's rotation, next and so far; and putting that off, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.fields import Closed, TextField
from tokens.api.views import visible_token
from tokens.models import NoticeKind, NoticeStatus, Token
from tokens.notifications.status import Told, history, latest_notices
from tokens.notifications.upcoming import ToBeTold, next_reminder
from tokens.policy.readers import Why
from tokens.policy.roles import Permission
from tokens.selectors.snooze import snooze_of
from tokens.services.policy_in_force import rules_in_force
from tokens.services.snooze import end_snooze, snooze

# Serializers are generic for type checkers alone, as in fields.py.


class ReaderSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Somebody who will be told."""

    email = serializers.CharField()
    why = serializers.ChoiceField(choices=[word.value for word in Why])
    mailed_from = serializers.DateTimeField(
        help_text="From when on it may go out, if none tighter does before."
    )
    held = serializers.BooleanField(help_text="Later than to others, as this reader prefers.")
    refused = serializers.CharField(help_text="Why the mail server refuses the address, or empty.")


class SnoozeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A snooze in force."""

    until = serializers.DateField(help_text="The last UTC day without reminders.")
    reason = serializers.CharField()
    by = serializers.CharField()
    begun_at = serializers.DateTimeField()


class NextSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The reminder to come; without a date `why_not` says why none does."""

    on = serializers.DateField(allow_null=True, help_text="A UTC date.")
    threshold = serializers.IntegerField(allow_null=True, help_text="Days left it is about.")
    why_not = serializers.CharField()
    readers = ReaderSerializer(many=True)


class ToldSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What one address was told, or waits to be."""

    kind = serializers.ChoiceField(choices=[word.value for word in NoticeKind])
    recipient = serializers.CharField()
    threshold = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[word.value for word in NoticeStatus])
    queued_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    held_until = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField()


class RemindersSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Reminders of one token."""

    token = serializers.UUIDField()
    next = NextSerializer()
    snooze = SnoozeSerializer(allow_null=True)
    past = ToldSerializer(many=True)


class NewSnoozeSerializer(Closed):
    """Until when reminders are put off, and why."""

    until = serializers.DateField(help_text="The last UTC day without reminders.")
    reason = TextField()


class RemindersView(ApiView):
    """Reminders of one token."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012 - see ApiView
    within = frozenset({"GET"})

    @extend_schema(operation_id="tokens_reminders_retrieve", responses=RemindersSerializer)
    def get(self, request: Request, token_id: UUID) -> Response:
        """Who will be told next, when and why; and what was told so far, the newest first."""
        return Response(_reminders(visible_token(request, token_id)))


class SnoozeView(ApiView):
    """The snooze of one token's reminders."""

    needs = {"POST": Permission.EDIT, "DELETE": Permission.EDIT}  # noqa: RUF012
    within = frozenset({"POST", "DELETE"})

    @extend_schema(
        operation_id="tokens_snooze_create",
        request=NewSnoozeSerializer,
        responses={201: RemindersSerializer},
    )
    def post(self, request: Request, token_id: UUID) -> Response:
        """Put its reminders off, up to and including a UTC day. Flags, tasks and alerts stay."""
        token = visible_token(request, token_id)
        body = NewSnoozeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        actor, now = actor_of(request), timezone.now()
        snooze(token=token, actor=actor, now=now, **body.validated_data)
        answer = _reminders(visible_token(request, token_id))
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="tokens_snooze_destroy", responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """End it early: the tightest reminder comes with the next run."""
        token = visible_token(request, token_id)
        end_snooze(token=token, actor=actor_of(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _reminders(token: Token) -> dict[str, Any]:
    now, notices = timezone.now(), latest_notices(token)
    rules = rules_in_force().of(token.policy_id)
    coming = next_reminder(token, rules=rules, now=now, told=notices)
    standing = snooze_of(token, now)
    answer = {
        "token": token.pk,
        "next": {
            "on": coming.on,
            "threshold": coming.threshold,
            "why_not": coming.why_not,
            "readers": [_reader(each) for each in coming.readers],
        },
        "snooze": standing,
        "past": [_told(each) for each in history(token, notices=notices)],
    }
    return RemindersSerializer(answer).data


def _reader(each: ToBeTold) -> dict[str, Any]:
    return {
        "email": each.address,
        "why": each.why.value,
        "mailed_from": each.mailed_from,
        "held": each.held,
        "refused": each.refused,
    }


def _told(each: Told) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "recipient": each.recipient,
        "threshold": each.threshold,
        "status": each.status,
        "queued_at": each.queued_at,
        "sent_at": each.at,
        "held_until": each.held_until,
        "problem": each.problem,
    }
