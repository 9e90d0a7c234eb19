"""Access reviews over the API: list, start, retrieve with all tokens, decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from tokens.access import reach_of
from tokens.api.auth import actor_of
from tokens.api.base import ApiView
from tokens.api.serializers_reviews import (
    DecisionSerializer,
    NewReviewSerializer,
    ReviewPageSerializer,
    ReviewSerializer,
    WholeReviewSerializer,
    item_dict,
    review_dict,
)
from tokens.errors import InvalidInput, NotAllowed, NotFound
from tokens.models import Account, Review, ReviewItem
from tokens.policy.roles import Permission
from tokens.selectors import reviews as selector
from tokens.selectors.compliance import company_named
from tokens.services.reviews.decide import decide
from tokens.services.reviews.start import Asked, start_review


class Newest(CursorPagination):
    """Pages from the newest on; follow `next` until it is null."""

    page_size = 100
    ordering = ("-created_at", "-id")


class ReviewsView(ApiView):
    """All reviews, and starting one."""

    needs = {"GET": Permission.VIEW, "POST": Permission.ASK_REVIEW}  # noqa: RUF012
    within = frozenset({"GET"})

    @extend_schema(operation_id="reviews_list", responses=ReviewPageSerializer)
    def get(self, request: Request) -> Response:
        """Reviews with how far they are, the newest first.

        Whoever has roles in single companies has those that ask them, and their own numbers.
        """
        pages = Newest()
        found = pages.paginate_queryset(selector.reviews(_part(request)), request, view=self)
        return pages.get_paginated_response([review_dict(each) for each in found or ()])

    @extend_schema(
        operation_id="reviews_create",
        request=NewReviewSerializer,
        responses={201: ReviewSerializer},
    )
    def post(self, request: Request) -> Response:
        """Start a review of the tokens that the filters choose, as in the inventory."""
        body = NewReviewSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        asked = Asked(
            name=data["name"],
            due_on=data["due_on"],
            reviewer=_reviewer(data["reviewer"], "reviewer"),
            by_company={
                _company(name): _reviewer(email, "reviewers")
                for name, email in data["reviewers"].items()
            },
            filters=body.chosen(),
        )
        review = start_review(
            asked=asked,
            asked_by=_account(request),
            actor=actor_of(request),
            now=timezone.now(),
        )
        answer = review_dict(_found(review.pk))
        return Response(answer, status=status.HTTP_201_CREATED)


class ReviewView(ApiView):
    """One review."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012
    within = frozenset({"GET"})

    @extend_schema(operation_id="reviews_retrieve", responses=WholeReviewSerializer)
    def get(self, request: Request, review_id: UUID) -> Response:
        """With every token, as it was when the review began, and what was decided."""
        part = _part(request)
        review = _found(review_id, part)
        rows = ReviewItem.objects.filter(part, review=review).select_related("reviewer")
        items = [item_dict(each) for each in rows.order_by("place")]
        return Response({**review_dict(review), "items": items})


class DecisionsView(ApiView):
    """Deciding about tokens of a review."""

    needs = {"POST": Permission.REVIEW}  # noqa: RUF012
    within = frozenset({"POST"})

    @extend_schema(
        operation_id="reviews_decide",
        request=DecisionSerializer,
        responses={200: ReviewSerializer},
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        """Confirm or deny items that are yours; all of them or none. To deny needs a reason."""
        part = _part(request)
        review = _found(review_id, part)
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        decide(
            review=review,
            items=body.validated_data["items"],
            decision=body.validated_data["decision"],
            reason=body.validated_data.get("reason", ""),
            account=_account(request),
            actor=actor_of(request),
            now=timezone.now(),
            reach=reach_of(request.user, Permission.REVIEW),
        )
        return Response(review_dict(_found(review_id, part)))


def _part(request: Request) -> Q:
    """The items of reviews that the caller sees; keys of single companies have none to decide."""
    if reach_of(request.user).whole:
        return Q()
    return selector.part_of(_account(request).pk, reach_of(request.user, Permission.REVIEW))


def _found(review_id: UUID, part: Q | None = None) -> Review:
    review = selector.find(review_id, part or Q())
    if review is None:
        raise NotFound("There is no such review.")
    return review


def _account(request: Request) -> Account:
    """Only people decide and ask: a script's key is nobody's judgement."""
    if not isinstance(request.user, Account):
        raise NotAllowed("Only an account can do this, not a key.")
    return request.user


def _reviewer(email: str, field: str) -> Account:
    address = Account.objects.normalize(email)
    found = Account.objects.filter(email=address, is_active=True).first()
    if found is None:
        raise InvalidInput("is not an account that can sign in", field=field)
    return found


def _company(name: str) -> Any:
    found = company_named(name)
    if found is None:
        raise InvalidInput("names a company that is not here", field="reviewers")
    return found.pk
