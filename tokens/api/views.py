"""Tokens over the API: list, retrieve, store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import ELSEWHERE, reach_of
from tokens.api.auth import KeyHolder, actor_of
from tokens.api.base import ApiView
from tokens.api.serializers import NewTokenSerializer, TokenPageSerializer, TokenSerializer
from tokens.errors import InvalidInput, NotFound
from tokens.models import Token
from tokens.policy.idempotency import HEADER
from tokens.policy.roles import Permission
from tokens.selectors.beside import covers_value
from tokens.selectors.facts import Row, rows
from tokens.selectors.filters import NAMES, SORTS, WORDS, Filters
from tokens.selectors.paging import SIZE, page
from tokens.selectors.records import as_dict
from tokens.selectors.within import tokens_within
from tokens.services.policy_in_force import rules_in_force
from tokens.services.register import register_token
from tokens.services.register_once import Asked, Stored, register_once

LARGEST = 1000


def visible(request: Request) -> QuerySet[Token]:
    """The tokens that this caller may know of: a usage key's are those of its integration."""
    if isinstance(request.user, KeyHolder):
        return Token.objects.filter(integration_id=request.user.key.integration_id)
    return tokens_within(reach_of(request.user))


def visible_token(request: Request, token_id: UUID) -> Token:
    """One of them, with what services need at hand. Raises NotFound for all others alike."""
    related = ("secret", "company", "integration", "owner")
    token = visible(request).select_related(*related).filter(pk=token_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    return token


def check_whole_value(request: Request, token: Token, permission: Permission) -> None:
    """Raise PermissionDenied where an act upon the value would touch a row out of reach."""
    if not covers_value(token.secret_id, reach_of(request.user, permission)):
        raise PermissionDenied(ELSEWHERE)


def visible_row(request: Request, token_id: UUID) -> Row:
    found = rows(visible(request).filter(pk=token_id), rules_in_force(), timezone.now())
    row = next(found, None)
    if row is None:
        raise NotFound("There is no such token.")
    return row


_PARAMETERS = [
    OpenApiParameter(name, OpenApiTypes.STR, many=name not in {"q", "sort"}, enum=words)
    for name, words in (
        (name, [word.value for word in WORDS[name]] if name in WORDS else None)
        for name in NAMES
        if name != "sort"
    )
] + [
    OpenApiParameter("sort", enum=[*SORTS, *(f"-{sort}" for sort in SORTS)]),
    OpenApiParameter("cursor", description="From `next` or `previous` of another page."),
    OpenApiParameter("page_size", OpenApiTypes.INT, description=f"1 to {LARGEST}, default {SIZE}."),
]

_ONCE = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="1 to 200 printable characters. A call that comes again with the same key and body "
    "within 24 hours stores nothing and answers 201 with what the first one stored; with another "
    "body it is refused (422).",
)


class TokensView(ApiView):
    """All tokens, or those of the key's integration; storing one is for administrators."""

    needs = {"GET": Permission.VIEW, "POST": Permission.REGISTER}  # noqa: RUF012 - see ApiView
    for_keys = frozenset({"GET"})
    within = frozenset({"GET", "POST"})

    @extend_schema(
        operation_id="tokens_list", parameters=_PARAMETERS, responses=TokenPageSerializer
    )
    def get(self, request: Request) -> Response:
        """Tokens of every state, filtered as on the page; follow `next` until it is null."""
        filters = Filters.parse(request.query_params, all_states=True)
        size = _size(request.query_params.get("page_size", ""))
        found = page(
            filters,
            rules_in_force(),
            timezone.now(),
            request.query_params.get("cursor", ""),
            size,
            among=visible(request),
        )
        answer = {
            "next": _address(request, filters, found.next, size),
            "previous": _address(request, filters, found.previous, size),
            "results": [as_dict(row) for row in found.rows],
        }
        return Response(answer)

    @extend_schema(
        operation_id="tokens_create",
        request=NewTokenSerializer,
        responses={201: TokenSerializer},
        parameters=[_ONCE],
    )
    def post(self, request: Request) -> Response:
        """Store a token. Its value goes in and never comes out again."""
        body = NewTokenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        stored = _stored(
            request,
            entry=body.entry(),
            allow_shared=body.validated_data["allow_shared"],
            actor=actor_of(request),
            now=timezone.now(),
            reach=reach_of(request.user, Permission.REGISTER),
        )
        headers = {"Location": request.build_absolute_uri(f"{stored.token}/")}
        if stored.again:
            headers["Idempotent-Replayed"] = "true"
        row = visible_row(request, stored.token)
        return Response(as_dict(row), status=status.HTTP_201_CREATED, headers=headers)


class TokenView(ApiView):
    """One token."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012
    for_keys = frozenset({"GET"})
    within = frozenset({"GET"})

    @extend_schema(operation_id="tokens_retrieve", responses=TokenSerializer)
    def get(self, request: Request, token_id: UUID) -> Response:
        """One token; 404 for one of another integration, as if there were none."""
        return Response(as_dict(visible_row(request, token_id)))


def _stored(request: Request, **given: Any) -> Stored:
    """Store it; with a key, once."""
    key = request.headers.get(HEADER)
    if key is None:
        return Stored(register_token(**given).pk, again=False)
    caller = f"{type(request.user).__name__}:{request.user.pk}"
    return register_once(asked=Asked(caller, key, request.data), **given)


def _size(text: str) -> int:
    if not text:
        return SIZE
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= size <= LARGEST:
        raise InvalidInput(f"is not a number from 1 to {LARGEST}", field="page_size")
    return size


def _address(request: Request, filters: Filters, cursor: str, size: int) -> str | None:
    if not cursor:
        return None
    changes: dict[str, Any] = {"cursor": cursor, "page_size": size if size != SIZE else None}
    return request.build_absolute_uri(f"{request.path}?{filters.query(**changes)}")
