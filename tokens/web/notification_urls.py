"""Addresses under /notifications/, and the calendars that need no account."""

from django.urls import path

from tokens.web import calendar_feed, calendar_links, channel_acts, notifications

_ONE = "notifications/channels/<uuid:channel_id>/"

urlpatterns = [
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/channels/", notifications.message_list, name="channels"),
    path("notifications/channels/new/", channel_acts.add_message, name="channel-new"),
    path(_ONE, notifications.channel, name="channel"),
    path(f"{_ONE}edit/", channel_acts.edit, name="channel-edit"),
    path(f"{_ONE}test/", notifications.test, name="channel-test"),
    path("notifications/webhooks/", notifications.webhook_list, name="webhooks"),
    path("notifications/webhooks/new/", channel_acts.add_webhook, name="webhook-new"),
    path(
        "notifications/deliveries/<uuid:delivery_id>/again/",
        notifications.again,
        name="delivery-again",
    ),
    path("notifications/calendar/", calendar_links.links, name="calendar-links"),
    path("notifications/calendar/others/", calendar_links.others, name="calendar-others"),
    path(
        "notifications/calendar/<uuid:link_id>/revoke/",
        calendar_links.revoke,
        name="calendar-revoke",
    ),
    path("calendar/<str:secret>.ics", calendar_feed.feed, name="calendar-feed"),
]
