"""What a webhook carries: ids, names, days and flags; no value, no hint, no e-mail address."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tokens.models import Delivery, Token
from tokens.notifications.channels.pages import page_of
from tokens.policy.channels import TEST, topic
from tokens.policy.days import days_left, utc_day


def body_of(delivery: Delivery, *, flags: list[str], now: datetime) -> str:
    """The JSON text of one delivery (with token, company and integration).

    `timestamp` is when it was found out and stays the same over attempts; what is said of the token
    is as it is now.
    """
    told = topic(delivery.topic)
    data: dict[str, Any] = {
        "notice": delivery.kind,
        "severity": told.severity.value,
        "occasion": delivery.occasion,
    }
    if delivery.kind == TEST:
        data = {"message": "This is a test."}
    elif delivery.topic in {"due", "overdue"}:
        data["threshold"] = delivery.threshold
    if delivery.token is not None:
        data["token"] = _token(delivery.token, flags, now)
    data["url"] = page_of(delivery)
    document = {"type": told.event, "timestamp": _moment(delivery.created_at), "data": data}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _token(token: Token, flags: list[str], now: datetime) -> dict[str, Any]:
    return {
        "id": str(token.pk),
        "company": {"id": str(token.company_id), "name": token.company.name},
        "integration": {"id": str(token.integration_id), "name": token.integration.name},
        "environment": token.environment,
        "scope": token.scope,
        "label": token.label,
        "state": token.state,
        "flags": flags,
        "due_on": utc_day(token.due_at).isoformat(),
        "days_left": days_left(token.due_at, now),
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
