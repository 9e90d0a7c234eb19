"""Addresses of the API (shared/interfaces.md, "HTTP")."""

from django.urls import URLPattern, URLResolver, path, re_path

from tokens.api import schema as schema  # registers what it adds to the schema
from tokens.api import (
    urls_channels,
    views,
    views_acts,
    views_bulk,
    views_compliance,
    views_directory,
    views_leaks,
    views_policies,
    views_usage,
)

_ONE = "api/v1/tokens/<uuid:token_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/tokens/", views.TokensView.as_view(), name="api-tokens"),
    path("api/v1/tokens/bulk/", views_bulk.BulkView.as_view(), name="api-tokens-bulk"),
    path(_ONE, views.TokenView.as_view(), name="api-token"),
    path(
        f"{_ONE}revocation/",
        views_acts.RevocationView.as_view(),
        name="api-token-revocation",
    ),
    path(f"{_ONE}usage/", views_acts.UsageView.as_view(), name="api-token-usage"),
    path("api/v1/usage/", views_usage.UsageImportView.as_view(), name="api-usage"),
    path("api/v1/compliance/", views_compliance.ComplianceView.as_view(), name="api-compliance"),
    path("api/v1/policies/", views_policies.PoliciesView.as_view(), name="api-policies"),
    path(
        "api/v1/policies/<int:policy_id>/",
        views_policies.PolicyView.as_view(),
        name="api-policy",
    ),
    path(f"{_ONE}policy/", views_policies.TokenPolicyView.as_view(), name="api-token-policy"),
    *urls_channels.urlpatterns,
    path("api/v1/leaks/", views_leaks.LeaksView.as_view(), name="api-leaks"),
    path("api/v1/companies/", views_directory.CompaniesView.as_view(), name="api-companies"),
    path(
        "api/v1/integrations/",
        views_directory.IntegrationsView.as_view(),
        name="api-integrations",
    ),
    path("api/schema/", views_directory.SchemaView.as_view(), name="api-schema"),
    path("api/docs/", views_directory.DocsView.as_view(), name="api-docs"),
    re_path(r"^api(?:/.*)?$", views_directory.NowhereView.as_view(), name="api-nowhere"),
]
