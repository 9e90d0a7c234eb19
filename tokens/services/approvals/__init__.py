"""Requests of the two-person rule: one person asks, another approves, and only then it is done."""

from tokens.services.approvals.act import act_on
from tokens.services.approvals.ask_keys import ask_api_key, ask_usage_key
from tokens.services.approvals.ask_to_revoke import ask_revocation, ask_revocations
from tokens.services.approvals.collect import collect_key
from tokens.services.approvals.decide import approve_request, refuse_request, withdraw_request
from tokens.services.approvals.lapse import lapse_requests

__all__ = [
    "act_on",
    "approve_request",
    "ask_api_key",
    "ask_revocation",
    "ask_revocations",
    "ask_usage_key",
    "collect_key",
    "lapse_requests",
    "refuse_request",
    "withdraw_request",
]
