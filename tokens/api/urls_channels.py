"""Addresses of channels, webhooks and deliveries."""

from django.urls import path

from tokens.api import views_channels as views

urlpatterns = [
    path("api/v1/channels/", views.ChannelsView.as_view(), name="api-channels"),
    path("api/v1/channels/<uuid:channel_id>/", views.ChannelView.as_view(), name="api-channel"),
    path("api/v1/webhooks/", views.WebhooksView.as_view(), name="api-webhooks"),
    path("api/v1/webhooks/<uuid:channel_id>/", views.WebhookView.as_view(), name="api-webhook"),
    path("api/v1/deliveries/", views.DeliveriesView.as_view(), name="api-deliveries"),
]
