"""Addresses of consumers and checklists in the API."""

from django.urls import path

from tokens.api.views_consumers import ConsumersView, ConsumerView, SafeToRevokeView

_CONSUMERS = "api/v1/integrations/<uuid:integration_id>/consumers/"

urlpatterns = [
    path(_CONSUMERS, ConsumersView.as_view(), name="api-consumers"),
    path(f"{_CONSUMERS}<uuid:consumer_id>/", ConsumerView.as_view(), name="api-consumer"),
    path(
        "api/v1/tokens/<uuid:token_id>/safe_to_revoke/",
        SafeToRevokeView.as_view(),
        name="api-safe-to-revoke",
    ),
]
