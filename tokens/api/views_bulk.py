"""One act on many tokens over the API, with a preview of what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import may, reach_of
from tokens.api.approvals import ApprovalSerializer, shown
from tokens.api.auth import Script, actor_of
from tokens.api.base import ApiView
from tokens.api.permissions import CONFIRM, Classified, note_denied
from tokens.api.serializers_bulk import BulkSerializer, NewBulkSerializer
from tokens.audit import Actor
from tokens.errors import InvalidInput
from tokens.policy.bulk import PERMISSIONS, SKIP_WORDS, BulkAction
from tokens.policy.roles import Permission, Reach
from tokens.policy.step_up import ASKED_AGAIN
from tokens.policy.two_people import Rule
from tokens.services.approvals import ask_revocations
from tokens.services.bulk import (
    Preview,
    Result,
    Selection,
    assign_owner,
    assign_policies,
    preview,
    record_revocations,
    request_checks,
)
from tokens.services.bulk.assign_owner import check_owner
from tokens.services.bulk.assign_policies import check_policy
from tokens.services.policy_in_force import rules_in_force
from tokens.services.two_people import asks_another
from tokens.step_up import proved_lately


class BulkView(ApiView):
    """Acts on many tokens."""

    needs = {"POST": Permission.VIEW}  # noqa: RUF012 - see ApiView; each act asks for its own
    within = frozenset({"POST"})

    @extend_schema(
        operation_id="tokens_bulk",
        request=NewBulkSerializer,
        responses={200: BulkSerializer, 202: ApprovalSerializer},
    )
    def post(self, request: Request) -> Response:
        """Say what would happen to each token, or do it. Who cannot follow is passed over.

        Revocations, where the two-person rule is on: 202, with the request that waits.
        """
        if not any(_may(request, permission) for permission in PERMISSIONS.values()):
            note_denied(request, Permission.CHECK)
            raise PermissionDenied(Classified.message)
        body = NewBulkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given, now = body.validated_data, timezone.now()
        action = BulkAction(given["action"])
        _permit(request, PERMISSIONS[action])
        reach = reach_of(request.user, PERMISSIONS[action])
        found = _preview(action, given, now, reach)
        if given["preview"]:
            return Response(_told(found, found.ids, []))
        actor = actor_of(request)
        if action is BulkAction.REVOCATION and asks_another(Rule.REVOCATION, actor):
            asked = ask_revocations(**_revocation(found, given, actor, now))
            return Response(shown(asked, now), status=status.HTTP_202_ACCEPTED)
        result = _act(action, found, given, actor, now)
        return Response(_told(found, result.done, result.passed, preview=False))


def _permit(request: Request, permission: Permission) -> None:
    """As `Classified` does, for a permission that only the body names."""
    if not _may(request, permission):
        note_denied(request, permission)
        raise PermissionDenied(Classified.message)
    if isinstance(request.user, Script):
        return
    if permission in ASKED_AGAIN and not proved_lately(request.session, timezone.now()):
        raise PermissionDenied(CONFIRM)


def _may(request: Request, permission: Permission) -> bool:
    return may(request.user, permission)


def _preview(action: BulkAction, given: Mapping[str, Any], now: datetime, reach: Reach) -> Preview:
    if "ids" in given:
        selection = Selection(ids=tuple(given["ids"]))
    else:
        selection = Selection.of_filter(given["filters"], all_states=True)
    wanted = None
    if action is BulkAction.OWNER:
        wanted = check_owner(given["owner_email"], now)
    elif action is BulkAction.POLICY:
        wanted = check_policy(given["policy"])
    return preview(
        action=action,
        selection=selection,
        rules=rules_in_force(),
        now=now,
        wanted=wanted,
        reach=reach,
    )


def _act(
    action: BulkAction, found: Preview, given: Mapping[str, Any], actor: Actor, now: datetime
) -> Result:
    ids: list[UUID] = found.ids
    if action is BulkAction.CHECK:
        return request_checks(token_ids=ids, actor=actor, now=now)
    if action is BulkAction.OWNER:
        return assign_owner(token_ids=ids, owner_email=given["owner_email"], actor=actor, now=now)
    if action is BulkAction.POLICY:
        return assign_policies(token_ids=ids, policy=given["policy"], actor=actor, now=now)
    return record_revocations(**_revocation(found, given, actor, now))


def _revocation(
    found: Preview, given: Mapping[str, Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """What recording and asking for it take. Raises InvalidInput for another number of tokens."""
    ids: list[UUID] = found.ids
    if given.get("number") != len(ids):
        raise InvalidInput(f"must be the number of tokens, {len(ids)}", field="number")
    return {
        "token_ids": ids,
        "reason": given.get("reason", ""),
        "by": given.get("by") or actor.name,
        "at": given.get("at"),
        "actor": actor,
        "now": now,
    }


def _told(
    found: Preview, done: list[UUID], passed: list[Any], *, preview: bool = True
) -> dict[str, Any]:
    return {
        "preview": preview,
        "number": len(done),
        "done": [str(pk) for pk in done],
        "skipped": [
            {"id": str(each.token_id), "why": each.why.value, "detail": SKIP_WORDS[each.why]}
            for each in (*found.passed, *passed)
        ],
        "also_revoked": found.others,
    }
