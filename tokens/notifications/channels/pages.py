"""Where to look, for what a channel is told of."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from tokens.models import Delivery
from tokens.notifications.letters import token_url

#: Of what is of no token. `{}`: the id with which its occasion begins.
_PAGES = {
    "leaver": "/people/{}/",
    "channel": "/notifications/channels/{}/",
    "incident": "/incidents/",
    "undelivered": "/outbox/",
    "api_key": "/keys/",
    "review": "/evidence/reviews/{}/",
    "test": "/notifications/",
}
_HEX = 32


def page_of(delivery: Delivery) -> str:
    """The address of the page that says more; the first page where there is none."""
    if delivery.token_id is not None:
        return token_url(delivery.token_id)
    path = _PAGES.get(delivery.topic, "/")
    if "{}" in path:
        path = path.format(UUID(hex=delivery.occasion[:_HEX]))
    return f"{settings.PUBLIC_URL}{path}"
