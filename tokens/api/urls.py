"""Addresses of the API (shared/interfaces.md, "HTTP")."""

from django.urls import URLPattern, URLResolver, path, re_path

from tokens.api import schema as schema  # registers what it adds to the schema
from tokens.api import (
    urls_channels,
    urls_consumers,
    views,
    views_acts,
    views_approvals,
    views_bulk,
    views_compliance,
    views_contacts,
    views_directory,
    views_exceptions,
    views_leaks,
    views_policies,
    views_reminders,
    views_reviews,
    views_token_policy,
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
    path(f"{_ONE}reminders/", views_reminders.RemindersView.as_view(), name="api-token-reminders"),
    path(f"{_ONE}snooze/", views_reminders.SnoozeView.as_view(), name="api-token-snooze"),
    path(f"{_ONE}usage/", views_acts.UsageView.as_view(), name="api-token-usage"),
    path("api/v1/usage/", views_usage.UsageImportView.as_view(), name="api-usage"),
    path("api/v1/compliance/", views_compliance.ComplianceView.as_view(), name="api-compliance"),
    path("api/v1/policies/", views_policies.PoliciesView.as_view(), name="api-policies"),
    path(
        "api/v1/policies/<int:policy_id>/",
        views_policies.PolicyView.as_view(),
        name="api-policy",
    ),
    path(f"{_ONE}policy/", views_token_policy.TokenPolicyView.as_view(), name="api-token-policy"),
    *urls_channels.urlpatterns,
    *urls_consumers.urlpatterns,
    path("api/v1/approvals/", views_approvals.ApprovalsView.as_view(), name="api-approvals"),
    path(
        "api/v1/approvals/<uuid:approval_id>/",
        views_approvals.ApprovalView.as_view(),
        name="api-approval",
    ),
    path(
        "api/v1/approvals/<uuid:approval_id>/decision/",
        views_approvals.ApprovalDecisionView.as_view(),
        name="api-approval-decision",
    ),
    path("api/v1/exceptions/", views_exceptions.ExceptionsView.as_view(), name="api-exceptions"),
    path(
        "api/v1/exceptions/<uuid:exception_id>/",
        views_exceptions.ExceptionView.as_view(),
        name="api-exception",
    ),
    path(
        "api/v1/exceptions/<uuid:exception_id>/decision/",
        views_exceptions.ExceptionDecisionView.as_view(),
        name="api-exception-decision",
    ),
    path("api/v1/reviews/", views_reviews.ReviewsView.as_view(), name="api-reviews"),
    path("api/v1/reviews/<uuid:review_id>/", views_reviews.ReviewView.as_view(), name="api-review"),
    path(
        "api/v1/reviews/<uuid:review_id>/decisions/",
        views_reviews.DecisionsView.as_view(),
        name="api-review-decisions",
    ),
    path("api/v1/leaks/", views_leaks.LeaksView.as_view(), name="api-leaks"),
    path("api/v1/companies/", views_directory.CompaniesView.as_view(), name="api-companies"),
    path(
        "api/v1/integrations/",
        views_directory.IntegrationsView.as_view(),
        name="api-integrations",
    ),
    path(
        "api/v1/integrations/<uuid:integration_id>/second-contact/",
        views_contacts.SecondContactView.as_view(),
        name="api-second-contact",
    ),
    path("api/schema/", views_directory.SchemaView.as_view(), name="api-schema"),
    path("api/docs/", views_directory.DocsView.as_view(), name="api-docs"),
    re_path(r"^api(?:/[\s\S]*)?$", views_directory.NowhereView.as_view(), name="api-nowhere"),
]
