"""Companies, integrations, the schema, and the answer to every other address of the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from tokens.access import reach_of
from tokens.api.base import ApiView, Limited
from tokens.api.serializers import CompanySerializer, IntegrationSerializer
from tokens.errors import NotFound
from tokens.models import Company, Integration
from tokens.policy.roles import Permission, Reach
from tokens.policy.vocabulary import State
from tokens.selectors.within import companies_within, inside, integrations_within


def _in_force(reach: Reach) -> Count:
    """How many tokens within reach are not revoked."""
    here = inside(reach, "tokens__company")
    return Count("tokens", filter=~Q(tokens__state=State.REVOKED.value) & here)


class ByName(CursorPagination):
    """Pages in the order of names, which are unique; follow `next` until it is null."""

    page_size = 100
    ordering = "name"


class CompaniesView(ApiView, ListAPIView):  # type: ignore[type-arg]  # as in fields.py
    """All companies with how many tokens they have."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012
    within = frozenset({"GET"})
    queryset = Company.objects.all()
    serializer_class = CompanySerializer
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Company]:
        reach = reach_of(self.request.user)
        return companies_within(reach).annotate(in_force=_in_force(reach))


class IntegrationsView(ApiView, ListAPIView):  # type: ignore[type-arg]
    """All integrations with their owners and how many tokens they have."""

    needs = {"GET": Permission.VIEW}  # noqa: RUF012
    within = frozenset({"GET"})
    queryset = Integration.objects.all()
    serializer_class = IntegrationSerializer
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Integration]:
        reach = reach_of(self.request.user)
        found = integrations_within(reach).select_related("owner", "second_contact")
        return found.annotate(in_force=_in_force(reach))


class SchemaView(Limited, SpectacularAPIView):
    """The schema holds no data, so that tools may read it without a key."""

    access = ApiView.access
    permission_classes = (AllowAny,)


class DocsView(SpectacularSwaggerSplitView):
    """The schema to be read and tried; script and style come from this host alone."""

    access = ApiView.access
    permission_classes = (AllowAny,)
    http_method_names = ("get", "head")  # a page has nothing to say of itself as JSON
    url_name = "api-schema"
    template_name = "api/docs.html"


class NowhereView(ApiView):
    """Every other address under /api/: 404 as JSON."""

    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address.")
