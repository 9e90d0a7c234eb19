"""Addresses of what uses an integration's tokens."""

from django.urls import path

from tokens.web import consumers, switching

_CONSUMERS = "integrations/<uuid:integration_id>/consumers/"

urlpatterns = [
    path(_CONSUMERS, consumers.consumers, name="integration-consumers"),
    path(f"{_CONSUMERS}<uuid:consumer_id>/", consumers.edit, name="consumer-edit"),
    path(f"{_CONSUMERS}<uuid:consumer_id>/retire/", consumers.retire, name="consumer-retire"),
    path("tokens/<uuid:token_id>/consumers/", switching.tick, name="token-consumers"),
]
